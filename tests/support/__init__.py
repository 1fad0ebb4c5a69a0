"""What tests of the built programs share: the programs themselves, plain peers, and a proxy that misbehaves on the secure leg."""

"""What tests of the built programs share: the programs themselves, plain peers, a proxy that misbehaves on the secure
leg, and helper programs that make load and cuts."""

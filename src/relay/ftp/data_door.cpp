#include "relay/ftp/data_door.hpp"

#include <unistd.h>

#include "crypto/random.hpp"

namespace sallyport::relay::ftp {
MovingLeg::MovingLeg(Leg leg) : peer_(leg.peer()) {
    error_code error;
    handle_ = leg.release().release(error);
    if (error) handle_ = -1;
}

MovingLeg::MovingLeg(MovingLeg&& other) noexcept : handle_(std::exchange(other.handle_, -1)), peer_(other.peer_) {}

MovingLeg::~MovingLeg() {
    if (handle_ != -1) ::close(handle_);
}

Leg MovingLeg::take(const Executor& executor) {
    Socket socket(executor);
    error_code ignored;  // a socket that cannot be used says so on its first read
    if (handle_ != -1) socket.assign(peer_.protocol(), std::exchange(handle_, -1), ignored);
    return {std::move(socket), peer_};
}

channel::native::Token DataDoor::grant(const channel::native::ControlChannel& control, Deliver deliver) {
    const std::lock_guard lock(mutex_);
    const auto owner = next_owner_++;
    const auto token = control.grant(tokens_, owner, crypto::system_random());
    owners_.emplace(owner, std::move(deliver));
    owner_of_.emplace(token, owner);
    return token;
}

void DataDoor::revoke(const channel::native::Token& token) {
    const std::lock_guard lock(mutex_);
    tokens_.remove(token);
    const auto found = owner_of_.find(token);
    if (found == owner_of_.end()) return;
    owners_.erase(found->second);
    owner_of_.erase(found);
}

std::optional<DataDoor::Visitor> DataDoor::enter(Bytes d1) {
    const std::lock_guard lock(mutex_);
    auto accepted = tokens_.take(d1, crypto::system_random());
    if (!accepted) return std::nullopt;
    const auto owner = owners_.find(accepted->owner);
    if (owner == owners_.end()) return std::nullopt;
    Visitor visitor{channel::native::make_data_server(std::move(*accepted)), std::move(owner->second)};
    std::erase_if(owner_of_, [&](const auto& pair) { return pair.second == owner->first; });
    owners_.erase(owner);
    return visitor;
}

}  // namespace sallyport::relay::ftp

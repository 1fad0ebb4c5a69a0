#include "relay/session.hpp"

#include "base/log.hpp"
#include "relay/worker.hpp"

namespace sallyport::relay {

Session::Session(Worker& worker, std::uint64_t id, std::shared_ptr<const Service> service)
    : worker_(worker), id_(id), service_(std::move(service)) {
    worker_.add(*this);
}

Session::~Session() {
    handshake_over();
    worker_.remove(*this);
}

std::string Session::name() const { return fmt::format("#{} {}/{}", id_, service_->entry, service_->protocol); }

void Session::handshake_began(const tcp::endpoint& peer) {
    unproven_ = peer;
    worker_.handshake_began(peer);
}

void Session::handshake_over() {
    if (!unproven_) return;
    worker_.handshake_over(*unproven_);
    unproven_.reset();
}

}  // namespace sallyport::relay

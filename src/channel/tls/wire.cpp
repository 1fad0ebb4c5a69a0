#include "channel/tls/wire.hpp"

#include <algorithm>

namespace sallyport::channel::tls {
namespace {

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int read(BIO* bio, char* to, std::size_t size, std::size_t* done) {
    Wire& wire = wire_of(bio);
    BIO_clear_retry_flags(bio);
    *done = std::min(size, wire.arrived.size());
    if (*done == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::copy_n(wire.arrived.begin(), *done, reinterpret_cast<std::uint8_t*>(to));
    wire.arrived = wire.arrived.subspan(*done);
    return 1;
}

int write(BIO* bio, const char* from, std::size_t size, std::size_t* done) {
    Wire& wire = wire_of(bio);
    BIO_clear_retry_flags(bio);
    const Bytes bytes(reinterpret_cast<const std::uint8_t*>(from), size);
    if (wire.silent) {
        // Dropped: its key and its count of records are in other hands.
    } else if (wire.sealed.empty()) {
        append(wire.pending, bytes);
    } else {
        if (size > wire.sealed.size() - wire.sealed_size) return 0;
        // std::ranges::copy would do it byte by byte here (GCC 12), which costs as much as the encryption.
        std::copy_n(bytes.begin(), size, wire.sealed.subspan(wire.sealed_size).begin());
        wire.sealed_size += size;
    }
    *done = size;
    return 1;
}

/// The only question that must be answered with yes: nothing is kept here that could be flushed.
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

}  // namespace

BioMethodPtr make_wire_method() {
    // Types from BIO_TYPE_START on are the application's; ours are never searched for by type, so one serves all.
    BioMethodPtr method{BIO_meth_new(BIO_TYPE_START | BIO_TYPE_SOURCE_SINK, "wire")};
    if (!method) return nullptr;
    BIO_meth_set_read_ex(method.get(), read);
    BIO_meth_set_write_ex(method.get(), write);
    BIO_meth_set_ctrl(method.get(), control);
    BIO_meth_set_create(method.get(), create);
    return method;
}

bool attach(SSL& ssl, const BIO_METHOD& method, Wire& wire) {
    BIO* bio = BIO_new(&method);
    if (bio == nullptr) return false;
    BIO_set_data(bio, &wire);
    SSL_set_bio(&ssl, bio, bio);  // takes the one reference, for both directions
    return true;
}

}  // namespace sallyport::channel::tls

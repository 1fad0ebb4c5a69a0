#include "tests/relay/path.hpp"

#include <vector>

#include "base/log.hpp"

namespace sallyport::relay::tests {
namespace {

namespace native = channel::native;
namespace tls = channel::tls;

crypto::Random& random() {
    static crypto::SystemRandom random;
    return random;
}

const std::shared_ptr<const crypto::SigningKey>& host_key() {
    static const auto key = std::make_shared<const crypto::SigningKey>(Secret32{});
    return key;
}

const tls::Credentials& credentials() {
    static const auto made = tls::make_self_signed("host.example");
    return made;
}

}  // namespace

std::function<void(const error_code&)> Reports::recorder() {
    return [this](const error_code& error) { add(error ? error_name(error) : "established"); };
}

void Reports::add(std::string name) {
    const std::lock_guard lock(mutex_);
    names_.push_back(std::move(name));
    came_.notify_one();
}

std::string Reports::next(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, wait, [this] { return !names_.empty(); })) return "nothing";
    auto name = std::move(names_.front());
    names_.pop_front();
    return name;
}

Log::Log() {
    testing::internal::CaptureStderr();
    log::start(log::Level::info);
}

Log::~Log() { end(); }

void Log::end() {
    if (std::exchange(over_, true)) return;
    log::finish();
    text_ = testing::internal::GetCapturedStderr();
}

std::string Log::reasons(std::string_view entry) {
    end();
    const auto marker = fmt::format(" {} stopped: ", entry);
    std::string names;
    for (auto at = text_.find(marker); at != std::string::npos; at = text_.find(marker, at)) {
        at += marker.size();
        names += (names.empty() ? "" : " ") + text_.substr(at, text_.find(':', at) - at);
    }
    return names;
}

std::shared_ptr<Service> host_service(const tcp::endpoint& target, const HostEntry& entry) {
    native::ServerSettings settings;
    settings.label = entry.label;
    settings.host_keys = {host_key()};
    settings.card = entry.card;
    const auto native_context =
        entry.native ? std::make_shared<const native::ServerContext>(std::move(settings)) : nullptr;
    tls::ServerSettings tls_settings;
    tls_settings.certificate_pem = credentials().certificate_pem;
    tls_settings.private_key_pem = SecretText(std::string(credentials().private_key_pem.view()));
    tls::SettingsError error;
    const auto tls_context = entry.tls ? tls::make_server_context(std::move(tls_settings), error) : nullptr;
    EXPECT_EQ(error.sentence, "");

    auto service = std::make_shared<Service>();
    service->side = Service::Side::host;
    service->entry = "23450";
    service->protocol = entry.label;
    service->targets = {{target.address().to_string(), target.port()}};
    service->make_channel = [=, suites = entry.suites](Bytes first,
                                                       const Arrival& arrival) -> std::unique_ptr<channel::Channel> {
        if (native_context && native::looks_like_native(first)) {
            return native::make_server(native_context, {suites, arrival.has_capacity, [] { return true; }}, random());
        }
        if (tls_context && tls::looks_like_tls(first)) return tls::make_server(tls_context);
        return nullptr;
    };
    return service;
}

std::function<std::unique_ptr<channel::Channel>()> channel_maker(const Encryption& encryption, const ListEntry& entry) {
    if (encryption.plain()) return channel::make_plain;
    if (encryption.native()) {
        auto settings = std::make_shared<native::ClientSettings>();
        settings->label = entry.label;
        settings->offers = *SuiteSet::from_text(entry.offers.empty() ? encryption.suite : entry.offers);
        settings->pin = host_key()->public_key();
        return [settings] { return native::make_client(settings, random()); };
    }
    tls::ClientSettings settings;
    settings.pins = {tls::spki_pin(credentials().certificate_pem)};
    settings.least = settings.most = encryption.version;
    tls::SettingsError error;
    auto context = tls::make_client_context(std::move(settings), error);
    EXPECT_EQ(error.sentence, "");
    return [context] { return tls::make_client(context); };
}

std::unique_ptr<channel::Channel> client_channel(const Encryption& encryption, const ListEntry& entry) {
    return channel_maker(encryption, entry)();
}

std::shared_ptr<Service> workstation_service(const tcp::endpoint& host, const Encryption& encryption,
                                             const ListEntry& entry) {
    auto service = std::make_shared<Service>();
    service->side = Service::Side::workstation;
    service->entry = "top";
    service->protocol = entry.label;
    service->targets = {{host.address().to_string(), host.port()}};
    service->make_channel = [make = channel_maker(encryption, entry)](Bytes, const Arrival&) { return make(); };
    return service;
}

Side::Side(std::shared_ptr<Service> service, Limits limits) : server_(limits, 1) {
    service->on_outcome = reports_.recorder();
    const auto endpoint = free_endpoint();
    auto listener = server_.listen(std::move(service), endpoint.address().to_string(), endpoint.port());
    if (!listener) throw std::runtime_error(listener.error().message());
    listener_ = std::move(*listener);
}

Side::~Side() { server_.join(); }

Totals Side::totals() {
    EXPECT_TRUE(eventually([&] { return server_.session_count() == 0; }));
    return server_.totals();
}

Path::Path(const PathOptions& options)
    : host(host_service(options.target.value_or(target.endpoint()), options.host_entry), options.host_limits),
      workstation(
          workstation_service(options.through.value_or(host.endpoint()), options.encryption, options.list_entry),
          options.workstation_limits) {}

Path::Ends Path::open() {
    Ends ends{workstation.connect(), target.accept()};
    EXPECT_TRUE(ends.client.send("hello"));
    EXPECT_EQ(ends.target.receive(5).data, "hello");
    EXPECT_TRUE(ends.target.send("welcome"));
    EXPECT_EQ(ends.client.receive(7).data, "welcome");
    EXPECT_EQ(host.reports().next(), "established");
    EXPECT_EQ(workstation.reports().next(), "established");
    return ends;
}

Hand::Hand(std::unique_ptr<channel::Channel> channel, const tcp::endpoint& host)
    : channel_(std::move(channel)), socket_(Socket::connect(host)) {}

bool Hand::shake_hands() {
    while (!channel_->established()) {
        if (!socket_.send(pending()) || !open_more()) return false;
    }
    return true;
}

std::string Hand::pending() { return std::string(as_text(channel_->take_pending())); }

std::string Hand::sealed(std::string_view plaintext) {
    std::string sent = pending();
    ByteVector buffer(channel::min_buffer_size);
    channel::Slots slots;
    channel_->slots(buffer, slots);
    std::copy(plaintext.begin(), plaintext.end(), slots.front().begin());  // few bytes: one slot holds them
    const auto sealed = channel_->seal(buffer, plaintext.size());
    EXPECT_TRUE(sealed) << error_name(sealed.error());
    if (sealed) sent += as_text(*sealed);
    return sent;
}

std::string Hand::receive(std::size_t size, std::chrono::milliseconds wait) {
    while (plaintext_.size() < size && open_more(wait)) {
    }
    return std::exchange(plaintext_, {});
}

bool Hand::open_more(std::chrono::milliseconds wait) {
    const auto more = socket_.receive(1, wait);
    end_ = more.end;
    return !more.data.empty() && open(more.data);
}

bool Hand::open(std::string_view arrived) {
    arrived_ += arrived;
    channel::Opened opened;
    const MutableBytes bytes(reinterpret_cast<std::uint8_t*>(arrived_.data()), arrived_.size());
    const auto error = channel_->open(bytes, opened);
    for (const Bytes part : opened.plaintext) plaintext_ += as_text(part);
    arrived_.erase(0, opened.consumed);
    return !error;
}

}  // namespace sallyport::relay::tests

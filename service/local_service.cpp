#include "service/local_service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto.h"
#include "core/file.h"
#include "core/log.h"
#include "service/application_files.h"
#include "service/batch_service.h"
#include "service/blob/blob_service.h"
#include "service/core/rows.h"
#include "service/http_front.h"

namespace dms::service {

namespace fs = std::filesystem;

namespace {

constexpr const char* batch_account = "dmslocal";
constexpr const char* storage_account = "dmslocalstore";

std::string new_account_key() { return base64_encode(random_bytes(64)); }

// Batch at the root, Blob below the storage account's name.
class Doors final : public Handler {
 public:
  Doors(Handler& batch, Handler& blob) : batch_(batch), blob_(blob) {}
  BodyPlan plan(const Request& head) override { return pick(head).plan(head); }
  Answer handle(const Request& request, std::unique_ptr<Upload> upload) override {
    return pick(request).handle(request, std::move(upload));
  }
  Answer too_large(const Request& head) override { return pick(head).too_large(head); }
  Answer upload_failed(const Request& head, const Error& error) override {
    return pick(head).upload_failed(head, error);
  }

 private:
  Handler& pick(const Request& request) const {
    static const std::string account = std::string("/") + storage_account;
    const std::string& path = request.url.path;
    const bool is_blob =
        path.starts_with(account) && (path.size() == account.size() || path[account.size()] == '/');
    return is_blob ? blob_ : batch_;
  }

  Handler& batch_;
  Handler& blob_;
};

// Binds a port of the loopback address for a moment: the addresses inside the service must be known
// before it listens. 0 takes a free one. Gives the port. Errors: conflict when it is taken.
Result<std::uint16_t> probe_port(std::uint16_t port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
      ::bind(fd.get(), raw, size) != 0 || ::getsockname(fd.get(), raw, &size) != 0)
    return fail_errno("port " + std::to_string(port), errno);
  return ntohs(address.sin_port);
}

// The address that clients on this machine use for a service that listens on `host`.
std::string url_host(const std::string& host) {
  if (host == "0.0.0.0" || host.empty()) return "127.0.0.1";
  if (host == "::") return "[::1]";
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

Config make_config(const std::optional<Config>& before, const std::string& host,
                   std::uint16_t port) {
  const std::string origin = "http://" + url_host(host) + ":" + std::to_string(port);
  Config config;
  config.batch_account_name = batch_account;
  config.batch_account_key = before ? before->batch_account_key : new_account_key();
  config.batch_account_url = origin;
  config.storage_account_name = storage_account;
  config.storage_account_key = before ? before->storage_account_key : new_account_key();
  config.storage_account_domain = origin;
  return config;
}

bool has_unfinished_tasks(const Core& core) {
  for (const auto& [id, job] : core.jobs)
    if (job.counts.active + job.counts.running > 0) return true;
  return false;
}

// The port that was asked for; else that of the last time, which waiting tasks name in their URLs,
// unless it is taken and nothing waits.
Result<std::uint16_t> choose_port(const ServiceOptions& options,
                                  const std::optional<Config>& before, const Core& core) {
  if (options.port && *options.port != 0) return *options.port;
  if (options.port || !before) return probe_port(0);
  DMS_TRY(const Url url, Url::parse(before->batch_account_url));
  const bool taken = !probe_port(url.port);
  return taken && !has_unfinished_tasks(core) ? probe_port(0) : Result<std::uint16_t>(url.port);
}

Result<std::optional<Config>> read_config(const std::string& path) {
  if (!fs::exists(path)) return std::optional<Config>{};
  // The keys of this directory, whatever keys of other accounts the environment holds.
  DMS_TRY(Config config,
          load_config(path, [](const std::string&) { return std::optional<std::string>{}; }));
  return std::optional<Config>(std::move(config));
}

class Local final : public LocalService {
 public:
  Local(FileLock lock, fs::path data_dir, Clock& clock)
      : lock_(std::move(lock)), data_dir_(std::move(data_dir)), clock_(clock) {}
  ~Local() override { stop(); }

  const Config& config() const override { return config_; }

  std::chrono::nanoseconds idle_time() override {
    if (engine_->is_busy()) {
      busy_until_ = std::chrono::steady_clock::now();
      return {};
    }
    return std::chrono::steady_clock::now() - std::max(busy_until_, front_->last_request());
  }

  void stop() override {
    if (!front_) return;
    const bool busy = engine_->is_busy();
    front_->stop();
    if (!busy) host_->shut_down_agents();
    engine_->stop();
    front_.reset();
    std::error_code ignored;
    fs::remove(data_dir_ / "service.pid", ignored);
  }

  Status open(const ServiceOptions& options) {
    DMS_TRY(store_, open_store((data_dir_ / "state.db").string()));
    Core core;
    core.nodes_dir = (data_dir_ / "nodes").string();
    core.account = batch_account;
    core.auto_scale_times = options.auto_scale_times;
    core.cores_per_node = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    DMS_CHECK(load_core(core, *store_));
    BlobIndex index;
    DMS_CHECK(load_blob_index(index, *store_));
    DMS_TRY(Content content, Content::open(data_dir_ / "blobs"));
    DMS_CHECK(ContentJournal::restore(*store_, content));
    content.sweep(index.content_files());
    sweep_package_uploads(data_dir_ / "applications");
    const std::string config_path = (data_dir_ / "config.ini").string();
    DMS_TRY(const auto before, read_config(config_path));
    DMS_TRY(const std::uint16_t port, choose_port(options, before, core));
    config_ = make_config(before, options.host, port);
    DMS_CHECK(build(options, std::move(core), std::move(index), std::move(content)));
    DMS_TRY(front_, HttpFront::listen({.host = options.host, .port = port}, *doors_));
    engine_->start();
    DMS_CHECK(write_config(config_path, config_));
    return write_file_atomic((data_dir_ / "service.pid").string(),
                             std::to_string(::getpid()) + "\n", 0644);
  }

 private:
  Status build(const ServiceOptions& options, Core core, BlobIndex index, Content content) {
    core.base_url = config_.batch_account_url;
    DMS_TRY(host_, make_agent_host({.socket_path = (data_dir_ / "agents.sock").string(),
                                    .nodes_dir = core.nodes_dir,
                                    .log_path = (data_dir_ / "agents.log").string(),
                                    .agent_command = options.agent_command}));
    DMS_TRY(const SharedKey batch_key,
            SharedKey::parse(config_.batch_account_name, config_.batch_account_key));
    DMS_TRY(const SharedKey storage_key,
            SharedKey::parse(config_.storage_account_name, config_.storage_account_key));
    engine_ = std::make_unique<Engine>(std::move(core), *store_, *host_, clock_);
    batch_ = std::make_unique<BatchService>(
        BatchServiceOptions{batch_key, config_.batch_account_url, (data_dir_ / "nodes").string(),
                            (data_dir_ / "applications").string()},
        *engine_, clock_);
    blob_ = std::make_unique<BlobService>(storage_key, config_.blob_endpoint(), std::move(index),
                                          std::move(content), *store_, clock_);
    doors_ = std::make_unique<Doors>(*batch_, *blob_);
    return ok();
  }

  const FileLock lock_;
  const fs::path data_dir_;
  Clock& clock_;
  Config config_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<AgentHost> host_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<BatchService> batch_;
  std::unique_ptr<BlobService> blob_;
  std::unique_ptr<Doors> doors_;
  std::unique_ptr<HttpFront> front_;
  std::chrono::steady_clock::time_point busy_until_{};
};

Status make_private_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail_errno("creating " + directory.string(), error.value());
  if (::chmod(directory.c_str(), 0700) != 0)
    return fail_errno("making " + directory.string() + " private", errno);
  return ok();
}

}  // namespace

Result<std::unique_ptr<LocalService>> LocalService::start(const ServiceOptions& options,
                                                          Clock& clock) {
  DMS_CHECK(make_private_directory(options.data_dir));
  std::error_code error;
  fs::path data_dir = fs::canonical(options.data_dir, error);
  if (error) return fail_errno("opening " + options.data_dir.string(), error.value());
  auto lock = FileLock::try_lock((data_dir / "service.lock").string());
  if (!lock && lock.error().code == Code::conflict)
    return fail(Code::conflict,
                "a service with the data directory " + data_dir.string() + " is running already");
  if (!lock) return std::move(lock).error();
  auto local = std::make_unique<Local>(*std::move(lock), std::move(data_dir), clock);
  DMS_CHECK(local->open(options));
  return std::unique_ptr<LocalService>(std::move(local));
}

}  // namespace dms::service

#include "service/service_logs.h"

#include <sys/stat.h>

#include "batch/errors.h"
#include "core/crypto.h"
#include "service/called_node.h"
#include "service/core/refusals.h"

namespace dms::service {

using batch::batch_error;
using batch::invalid_property;

namespace {

// Below the node's root.
constexpr const char* log_files[] = {"volatile/agent.log", "startup/stdout.txt",
                                     "startup/stderr.txt"};

// Log lines are appended: a file that was written last before the start holds nothing of the time.
bool is_of_time(const std::string& path, const batch::UploadServiceLogs& what) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto written = std::chrono::sys_time<Ticks>(
      std::chrono::duration_cast<Ticks>(std::chrono::seconds(status.st_mtim.tv_sec) +
                                        std::chrono::nanoseconds(status.st_mtim.tv_nsec)));
  return written >= what.start_time.at;
}

std::vector<std::string> files_of_time(const std::string& root,
                                       const batch::UploadServiceLogs& what) {
  std::vector<std::string> files;
  for (const char* name : log_files)
    if (is_of_time(root + "/" + name, what)) files.emplace_back(name);
  return files;
}

Status check(const batch::UploadServiceLogs& what) {
  if (what.identity_reference) return not_here("identityReference");
  if (!Url::parse(what.container_url))
    return invalid_property("containerUrl", what.container_url, "it is not a URL");
  if (what.end_time && *what.end_time < what.start_time)
    return invalid_property("endTime", what.end_time->iso8601(), "it lies before startTime");
  return ok();
}

// The same 16 digits for one account, as the service has them.
std::string account_directory(const std::string& account) {
  return account + "-" + sha256_hex(account).substr(0, 16);
}

}  // namespace

Result<batch::UploadServiceLogsResult> upload_service_logs(Engine& engine, const Call& call,
                                                           const batch::UploadServiceLogs& what) {
  DMS_CHECK(check(what));
  DMS_TRY(agent::LogUpload upload, engine.look([&](const Core& core) -> Result<agent::LogUpload> {
    DMS_TRY(const PoolRecord* pool, pool_of(core, call));
    DMS_TRY(const NodeRecord* node, node_of(*pool, call));
    return agent::LogUpload{
        .container_url = what.container_url,
        .directory = account_directory(core.account) + "/" + pool->wire.id + "/" + node->wire.id +
                     "/" + new_guid(),
        .files = files_of_time(node_root(core, {pool->id(), node->id()}), what)};
  }));
  batch::UploadServiceLogsResult result{
      .virtual_directory_name = upload.directory,
      .number_of_files_uploaded = static_cast<int>(upload.files.size())};
  return engine.change(
      [&](Core& core, Effects& out, Timestamp) -> Result<batch::UploadServiceLogsResult> {
        DMS_TRY(const PoolAndNode found, node_to_change(core, call));
        if (found.node.presence != Presence::connected) return batch_error("NodeNotReady");
        out.frame({found.pool.id(), found.node.id()}).upload_logs.push_back(std::move(upload));
        return result;
      });
}

}  // namespace dms::service

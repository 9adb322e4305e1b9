#include "agent/failures.h"

#include <array>

namespace dms::agent {
namespace {

using batch::ErrorCategory;
using batch::FailureInfo;

struct Row {
  std::string_view code;
  ErrorCategory category;
  std::string_view message;
};

constexpr auto user = ErrorCategory::user_error;
constexpr auto server = ErrorCategory::server_error;

constexpr std::array rows{
    Row{"FailureExitCode", user, "The task exited with an exit code representing a failure"},
    Row{"TaskEnded", user, "The task was ended by user request"},
    Row{"CommandLaunchFailed", user, "Failed to launch the specified command line"},
    Row{"CommandProgramNotFound", user, "The specified command program is not found"},
    Row{"BlobAccessDenied", user, "Access for one of the specified Azure Blob(s) is denied"},
    Row{"BlobNotFound", user, "One of the specified Azure Blob(s) is not found"},
    Row{"BlobDownloadTimedOut", server,
        "Timeout encountered while downloading one of the specified Azure Blob(s)"},
    Row{"BlobDownloadMiscError", server,
        "Miscellaneous error encountered while downloading one of the specified Azure Blob(s)"},
    Row{"ResourceDirectoryCreateFailed", server,
        "Failure encountered creating resource directory for the task"},
    Row{"ResourceFileCreateFailed", server, "Failure encountered creating resource file"},
    Row{"ResourceFileWriteFailed", server, "Failure encountered writing resource file"},
    Row{"ResourceContainerAccessDenied", user,
        "Access for one of the specified Azure Blob container(s) is denied"},
    Row{"ResourceContainerNotFound", user,
        "One of the specified Azure Blob container(s) is not found"},
    Row{"ResourceContainerListTimedOut", server,
        "Timeout encountered while listing one of the specified Azure Blob container(s)"},
    Row{"ResourceContainerListMiscError", server,
        "Miscellaneous error encountered while listing one of the specified Azure Blob "
        "container(s)"},
    Row{"FileUploadAccessDenied", user,
        "Access for one of the specified output file destinations is denied"},
    Row{"FileUploadContainerNotFound", user,
        "One of the specified output file containers is not found"},
    Row{"FileUploadConflict", user, "Conflict encountered while uploading one of the output files"},
    Row{"FileUploadTimedOut", server, "Timeout encountered while uploading an output file"},
    Row{"FileUploadMiscError", server,
        "Miscellaneous error encountered while uploading one of the output files"},
    Row{"ApplicationPackageError", server,
        "One of the application packages that the task needs could not be installed"},
    Row{"DiskFull", server, "There is not enough disk space on the node to run the task"},
    Row{"Unknown", server, "An unknown error has occurred"},
};

const Row& row_of(std::string_view code) {
  for (const auto& row : rows)
    if (row.code == code) return row;
  return rows.back();
}

// The codes of one kind of transfer.
struct TransferCodes {
  std::string_view denied;
  std::string_view not_found;
  std::string_view conflict;
  std::string_view timed_out;
  std::string_view other;
};

constexpr TransferCodes codes_of(Transfer transfer) {
  switch (transfer) {
    case Transfer::download:
      return {"BlobAccessDenied", "BlobNotFound", "BlobDownloadMiscError", "BlobDownloadTimedOut",
              "BlobDownloadMiscError"};
    case Transfer::list:
      return {"ResourceContainerAccessDenied", "ResourceContainerNotFound",
              "ResourceContainerListMiscError", "ResourceContainerListTimedOut",
              "ResourceContainerListMiscError"};
    case Transfer::upload: break;
  }
  return {"FileUploadAccessDenied", "FileUploadContainerNotFound", "FileUploadConflict",
          "FileUploadTimedOut", "FileUploadMiscError"};
}

}  // namespace

FailureInfo failure(std::string_view code, std::vector<batch::NameValue> details) {
  const Row& row = row_of(code);
  FailureInfo info{row.category, std::string(row.code), std::string(row.message), {}};
  for (auto& detail : details)
    if (detail.value && !detail.value->empty()) info.details.push_back(std::move(detail));
  return info;
}

FailureInfo exit_code_failure() {
  return failure("FailureExitCode",
                 {{"Message", "The task process exited with an unexpected exit code"},
                  {"AdditionalErrorCode", "FailureExitCode"}});
}

FailureInfo ended_by_request() { return failure("TaskEnded"); }

FailureInfo wall_clock_passed(Duration limit) {
  FailureInfo info = failure("TaskEnded");
  info.message =
      "The task was ended because its maxWallClockTime of " + limit.iso8601() + " passed";
  return info;
}

FailureInfo runner_died() {
  return failure("Unknown", {{"Message", "The process that ran the task died unexpectedly"}});
}

std::string_view transfer_failure_code(Transfer transfer, const Error& error) {
  const TransferCodes codes = codes_of(transfer);
  if (error.code == Code::timeout) return codes.timed_out;
  if (error.http_status == 0) return codes.other;
  switch (error.code) {
    case Code::permission: return codes.denied;
    case Code::not_found: return codes.not_found;
    case Code::conflict: return codes.conflict;
    default: return codes.other;
  }
}

std::string_view disk_failure_code(const Error& error, std::string_view code) {
  return error.code == Code::exhausted ? "DiskFull" : code;
}

}  // namespace dms::agent

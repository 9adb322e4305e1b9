#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"

namespace dms::batch {
namespace {

constexpr int partial_content = 206;
constexpr int range_not_satisfiable = 416;

bool is_whole(const FileSlice& slice) { return !slice.offset && !slice.length; }

// "bytes=a-b", both ends told, since the service documents no open range; it cuts b to the file.
std::string range_of(const FileSlice& slice) {
  constexpr std::uint64_t last = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t from = std::min(slice.offset.value_or(0), last);
  const std::uint64_t length = std::min(slice.length.value_or(last), last - from + 1);
  return fmt::format("bytes={}-{}", from, from + length - 1);
}

Query recursion(bool recursive) { return {{"recursive", recursive ? "true" : "false"}}; }

// Reads the file of a row that is found by three values.
template <const auto& row>
Result<std::string> read_file(const Rest& rest, std::string_view first, std::string_view second,
                              std::string_view file_name, const FileSlice& slice) {
  if (is_whole(slice)) return rest.call<row>({}, first, second, file_name);
  if (slice.length == 0) return std::string();
  // The service's documents name 200 for a range, HTTP's own rule is 206.
  auto text = rest.call_with<row>(
      {.headers = {{"ocp-range", range_of(slice)}}, .also_accepted = partial_content}, first,
      second, file_name);
  if (!text && text.error().http_status == range_not_satisfiable) return std::string();
  return text;
}

Result<FileInfo> file_info_of(const Response& response, std::string_view file_name) {
  FileInfo info;
  const std::string_view size = response.headers.get("Content-Length");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), info.size);
  if (size.empty() || error != std::errc{} || end != size.data() + size.size()) {
    return fail(Code::internal,
                fmt::format("the size of file '{}' is missing or wrong: '{}'", file_name, size));
  }
  DMS_TRY(info.last_modified, Timestamp::parse(response.headers.get("Last-Modified"))
                                  .context(fmt::format("file '{}'", file_name)));
  info.is_directory =
      equal_ignoring_case(response.headers.get("ocp-batch-file-isdirectory"), "true");
  return info;
}

}  // namespace

Result<std::string> AzureBatch::read_task_file_as_string(std::string_view job_id,
                                                         std::string_view task_id,
                                                         std::string_view file_name,
                                                         const FileSlice& slice) {
  return read_file<op::get_task_file>(*rest_, job_id, task_id, file_name, slice);
}

Result<std::string> AzureBatch::read_compute_node_file_as_string(std::string_view pool_id,
                                                                 std::string_view node_id,
                                                                 std::string_view file_name,
                                                                 const FileSlice& slice) {
  return read_file<op::get_node_file>(*rest_, pool_id, node_id, file_name, slice);
}

Result<FileInfo> AzureBatch::get_task_file_info(std::string_view job_id, std::string_view task_id,
                                                std::string_view file_name) {
  DMS_TRY(const Response response,
          rest_->exchange<op::get_task_file_properties>({}, job_id, task_id, file_name));
  return file_info_of(response, file_name);
}

Status AzureBatch::list_task_files(std::string_view job_id, std::string_view task_id,
                                   bool recursive, const std::function<Status(NodeFile)>& each) {
  return rest_->each<op::list_task_files>({.query = recursion(recursive)}, each, job_id, task_id);
}

Status AzureBatch::list_compute_node_files(std::string_view pool_id, std::string_view node_id,
                                           bool recursive,
                                           const std::function<Status(NodeFile)>& each) {
  return rest_->each<op::list_node_files>({.query = recursion(recursive)}, each, pool_id, node_id);
}

Result<FileInfo> AzureBatch::get_compute_node_file_info(std::string_view pool_id,
                                                        std::string_view node_id,
                                                        std::string_view file_name) {
  DMS_TRY(const Response response,
          rest_->exchange<op::get_node_file_properties>({}, pool_id, node_id, file_name));
  return file_info_of(response, file_name);
}

Status AzureBatch::delete_task_file(std::string_view job_id, std::string_view task_id,
                                    std::string_view file_name, Recursive recursive) {
  return rest_->call_with<op::delete_task_file>({.query = recursion(recursive == Recursive::yes)},
                                                job_id, task_id, file_name);
}

Status AzureBatch::delete_compute_node_file(std::string_view pool_id, std::string_view node_id,
                                            std::string_view file_name, Recursive recursive) {
  return rest_->call_with<op::delete_node_file>({.query = recursion(recursive == Recursive::yes)},
                                                pool_id, node_id, file_name);
}

Status AzureBatch::print_task_output(
    std::string_view job_id, const std::vector<std::string>& task_ids,
    const std::function<void(std::string_view, std::string_view, std::string_view)>& print) {
  for (const std::string& task_id : task_ids)
    for (const char* name : {"stdout.txt", "stderr.txt"}) {
      const auto text = read_task_file_as_string(job_id, task_id, name);
      if (text) print(task_id, name, *text);
      // A task that has not run yet, or whose files are gone, has said nothing.
      if (!text && text.error().code != Code::not_found) return text.error();
    }
  return ok();
}

}  // namespace dms::batch

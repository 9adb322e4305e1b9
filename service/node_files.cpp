#include "service/node_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "batch/errors.h"
#include "service/listing.h"

namespace dms::service {

using batch::batch_error;
namespace fs = std::filesystem;

namespace {

constexpr Filterable<std::string> filterable[] = {
    {"name", [](const std::string& name) -> Scalar { return name; }}};

Timestamp modified_at(const struct stat& status) {
  const auto since_epoch = std::chrono::seconds(status.st_mtim.tv_sec) +
                           std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {std::chrono::sys_time<Ticks>(std::chrono::duration_cast<Ticks>(since_epoch))};
}

// "0o100644", as the service writes a Linux mode.
std::string mode_text(mode_t mode) {
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, mode, 8).ptr;
  return "0o" + std::string(digits, end);
}

constexpr const char* bytes_type = "application/octet-stream";

// The service looks at a file's beginning to tell text from bytes.
std::string content_type(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char head[512];
  in.read(head, sizeof head);
  const bool binary = std::find(head, head + in.gcount(), '\0') != head + in.gcount();
  return binary ? bytes_type : "text/plain";
}

bool is_below(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

Result<fs::path> relative_path(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  const fs::path relative(name);
  if (name.empty() || relative.is_absolute() || name.find('\0') != std::string::npos)
    return batch_error("InvalidUri", "the file's name is not a relative path");
  for (const auto& part : relative)
    if (part == "..") return batch_error("InvalidUri", "a file's name must not hold '..'");
  return relative;
}

// The real place of a name below the root.
Result<fs::path> locate(const FileRoot& root, const std::string& name) {
  DMS_TRY(const fs::path relative, relative_path(name));
  std::error_code error;
  const fs::path top = fs::canonical(root.directory, error);
  if (error) return batch_error("FileNotFound", name);
  const fs::path real = fs::canonical(top / relative, error);
  if (error || !is_below(real, top)) return batch_error("FileNotFound", name);
  return real;
}

struct Slice {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// "bytes=a-b" or "bytes=a-"; an end beyond the file's is its end.
Result<Slice> parse_range(std::string_view text, std::uint64_t size) {
  const auto bad = [&] {
    return batch_error("InvalidRange",
                       "'" + std::string(text) + "' of " + std::to_string(size) + " bytes");
  };
  constexpr std::string_view unit = "bytes=";
  if (!text.starts_with(unit)) return bad();
  const char* at = text.data() + unit.size();
  const char* end = text.data() + text.size();
  std::uint64_t first = 0;
  std::uint64_t last = size ? size - 1 : 0;
  const auto from = std::from_chars(at, end, first);
  if (from.ec != std::errc{} || from.ptr == end || *from.ptr != '-') return bad();
  if (from.ptr + 1 != end) {
    const auto to = std::from_chars(from.ptr + 1, end, last);
    if (to.ec != std::errc{} || to.ptr != end) return bad();
  }
  if (first > last || first >= size) return bad();
  return Slice{first, std::min(last, size - 1) - first + 1};
}

Reply describe(const FileRoot& root, const std::string& name, const fs::path& real,
               const struct stat& status) {
  Reply reply;
  const bool directory = S_ISDIR(status.st_mode);
  reply.headers.set("ocp-batch-file-isdirectory", directory ? "True" : "False");
  reply.headers.set("ocp-batch-file-url", root.url + "/files/" + percent_encode(name));
  reply.headers.set("ocp-batch-file-mode", mode_text(status.st_mode));
  const Timestamp modified = modified_at(status);
  reply.headers.set("Last-Modified", modified.rfc1123());
  reply.headers.set("ocp-creation-time", modified.rfc1123());
  // Only regular files are looked into: opening a pipe would wait for its writer.
  reply.headers.set("Content-Type", S_ISREG(status.st_mode) ? content_type(real) : bytes_type);
  return reply;
}

Result<Reply> look_at(const Call& call, const FileRoot& root, const std::string& name,
                      fs::path& real, struct stat& status) {
  DMS_TRY(real, locate(root, name));
  if (::stat(real.c_str(), &status) != 0) return batch_error("FileNotFound", name);
  Timestamp modified = modified_at(status);
  DMS_CHECK(check_conditions(call.request, modified));
  return describe(root, name, real, status);
}

batch::NodeFile show_entry(const FileRoot& root, const std::string& name, const fs::path& path) {
  batch::NodeFile file;
  file.name = name;
  file.url = root.url + "/files/" + percent_encode(name);
  struct stat status {};
  const bool known = ::lstat(path.c_str(), &status) == 0;
  file.is_directory = known && S_ISDIR(status.st_mode);
  if (known && !*file.is_directory)
    file.properties = batch::FileProperties{
        .last_modified = modified_at(status),
        .content_length = {status.st_size},
        .content_type = S_ISREG(status.st_mode) ? content_type(path) : bytes_type,
        .file_mode = mode_text(status.st_mode)};
  return file;
}

// Names below `directory`, sorted, each directory before what it holds.
std::vector<std::string> names_below(const fs::path& directory, bool recursive) {
  std::vector<std::string> names;
  std::error_code error;
  const auto add = [&](const fs::path& path) {
    names.push_back(path.lexically_relative(directory).generic_string());
  };
  if (recursive) {
    constexpr auto option = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(directory, option, error), end; !error && it != end;
         it.increment(error))
      add(it->path());
  } else {
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error))
      add(it->path());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<Reply> list_files(const Call& call, const FileRoot& root, std::string_view base_url) {
  std::error_code error;
  if (!fs::is_directory(root.directory, error)) return batch_error("FileNotFound");
  DMS_TRY(const auto filter, FilterOf<std::string>::parse(call.query_value("$filter"), filterable));
  DMS_TRY(const int size, page_size(call));
  const std::string after = skip_token(call);
  std::vector<std::string> items;
  std::optional<std::string> link;
  std::string last;
  const auto names =
      names_below(root.directory, equal_ignoring_case(call.query_value("recursive"), "true"));
  for (auto it = std::upper_bound(names.begin(), names.end(), after); it != names.end(); ++it) {
    if (!filter.passes(*it)) continue;
    if (static_cast<int>(items.size()) == size) {
      link = next_link(call, last);
      break;
    }
    items.push_back(encode(show_entry(root, *it, root.directory / *it)));
    last = *it;
  }
  return show_page("files", base_url, items, link);
}

Result<Reply> get_file(const Call& call, const FileRoot& root, const std::string& name) {
  fs::path real;
  struct stat status {};
  DMS_TRY(Reply reply, look_at(call, root, name, real, status));
  if (!S_ISREG(status.st_mode))
    return batch_error("OperationInvalidForCurrentState", name + " is not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  Slice slice{0, size};
  if (const auto range = call.request.headers.find("ocp-range")) {
    DMS_TRY(slice, parse_range(*range, size));
  }
  if (slice.length > 0) reply.files.push_back({real, slice.offset, slice.length});
  return reply;
}

Result<Reply> get_file_properties(const Call& call, const FileRoot& root, const std::string& name) {
  fs::path real;
  struct stat status {};
  DMS_TRY(Reply reply, look_at(call, root, name, real, status));
  if (S_ISREG(status.st_mode)) reply.head_length = static_cast<std::uint64_t>(status.st_size);
  return reply;
}

// The place of an entry that may be a link, which is removed and not followed.
static Result<fs::path> locate_entry(const FileRoot& root, RootOf owner, const std::string& name) {
  DMS_TRY(const fs::path relative, relative_path(name));
  std::vector<fs::path> parts;
  for (const auto& part : relative)
    if (!part.empty() && part != ".") parts.push_back(part);
  if (parts.empty()) return batch_error("InvalidUri", "the file's name names nothing");
  if (owner == RootOf::node && (parts.front() == "volatile" || parts.size() == 1))
    return batch_error("Forbidden", name + " belongs to the node's agent");
  std::error_code error;
  const fs::path top = fs::canonical(root.directory, error);
  if (error) return batch_error("FileNotFound", name);
  fs::path parent = top;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) parent /= parts[i];
  const fs::path real = fs::canonical(parent, error);
  if (error || !is_below(real, top)) return batch_error("FileNotFound", name);
  // A link may lead to another place below the root, the agent's own among them.
  if (owner == RootOf::node && (real == top || is_below(real, top / "volatile")))
    return batch_error("Forbidden", name + " belongs to the node's agent");
  return real / parts.back();
}

Result<Reply> delete_file(const Call& call, const FileRoot& root, RootOf owner,
                          const std::string& name) {
  DMS_TRY(const fs::path entry, locate_entry(root, owner, name));
  std::error_code error;
  const auto status = fs::symlink_status(entry, error);
  if (error || status.type() == fs::file_type::not_found) return batch_error("FileNotFound", name);
  if (equal_ignoring_case(call.query_value("recursive"), "true"))
    fs::remove_all(entry, error);
  else
    fs::remove(entry, error);
  if (error == std::errc::directory_not_empty)
    return batch_error("OperationInvalidForCurrentState",
                       name + " is a directory that is not empty; say recursive=true");
  if (error) return batch_error("IOError", name + ": " + error.message());
  return Reply{};
}

}  // namespace dms::service

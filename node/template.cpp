#include "node/template.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "node/file.h"
#include "node/names.h"

extern char** environ;

namespace dms::node {
namespace {

Status read_whole(const std::string& path, std::string& text, mode_t& mode) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts {};
  if (!file.is_open() || ::fstat(file.fd(), &facts) != 0)
    return fail_errno("reading " + path, errno);
  mode = facts.st_mode & 0777;
  char buffer[1 << 16];
  while (true) {
    const ssize_t count = ::read(file.fd(), buffer, sizeof buffer);
    if (count == 0) return {};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("reading " + path, errno);
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

Status write_all(File& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file.fd(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("writing " + path, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (const int error = file.close()) return fail_errno("writing " + path, error);
  return {};
}

// The new text beside its place, then under its name.
Status replace_file(const std::string& path, const std::string& text, mode_t mode) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
      return fail_errno("making the folder " + folder, errno);
  }
  const std::string beside = path + ".dmsnode-new";
  ::unlink(beside.c_str());
  File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode | 0200));
  if (!file.is_open()) return fail_errno("writing " + beside, errno);
  Status written = write_all(file, beside, text);
  if (written.ok() && ::rename(beside.c_str(), path.c_str()) != 0)
    written = fail_errno("writing " + path, errno);
  if (!written.ok()) ::unlink(beside.c_str());
  return written;
}

// The value of the variable; null when it is not set.
const char* value_of(const std::string& name, TemplateStyle style) {
  const char* value = std::getenv(name.c_str());
  if (value || style != TemplateStyle::tilde) return value;
  for (char** entry = environ; *entry; ++entry)
    if (::strncasecmp(*entry, name.c_str(), name.size()) == 0 && (*entry)[name.size()] == '=')
      return *entry + name.size() + 1;
  return nullptr;
}

Status fill(const TemplateOptions& options, std::string_view text, std::string& filled) {
  const auto wrong = [&](std::size_t place, const std::string& message) {
    return Status(Exit::bad_archive,
                  options.from + ":" + line_and_column(text, place) + ": " + message);
  };
  std::vector<TemplateFault> faults;
  const auto pieces = split_template(text, options.style, faults);
  if (!faults.empty()) return wrong(faults.front().place, faults.front().message);
  for (const TemplatePiece& piece : pieces) {
    filled += piece.text;
    if (piece.name.empty()) continue;
    const std::string name(piece.name);
    const char* value = value_of(name, options.style);
    if (!value) return wrong(piece.place, "the environment has no variable " + name);
    const auto fits = fitted(value, piece.width);
    if (!fits)
      return wrong(piece.place, "the value of " + name + ", '" + value + "', is longer than the " +
                                    std::to_string(piece.width) + " characters of its gap");
    filled += *fits;
  }
  return {};
}

}  // namespace

Status fill_template(const TemplateOptions& options) {
  const auto to = clean_name(options.to);
  if (!to || to->empty())
    return {Exit::usage, options.to + ": the file to write must be below this directory"};
  std::string text, filled;
  mode_t mode = 0;
  DMS_NODE_CHECK(read_whole(options.from, text, mode));
  DMS_NODE_CHECK(fill(options, text, filled));
  return replace_file(*to, filled, mode);
}

}  // namespace dms::node

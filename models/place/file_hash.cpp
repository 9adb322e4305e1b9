#include "models/place/file_hash.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <vector>

#include "core/crypto.h"
#include "core/file.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t settled_seconds = 2;

fs::path cache_path() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value && *value ? fs::path(value) : fs::path();
  };
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty())
    return cache / "dmsbatch/sha256";
  const auto home = variable("HOME");
  return home.empty() ? fs::path() : home / ".cache/dmsbatch/sha256";
}

Result<struct stat> look_at(const fs::path& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return fail_errno("looking at " + path.string(), errno);
  return facts;
}

// What a changed file differs in: any write sets the time of change.
std::string key_of(const struct stat& facts) {
  return fmt::format("{} {} {} {}.{:09} {}.{:09} ", facts.st_dev, facts.st_ino, facts.st_size,
                     facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_ctim.tv_sec,
                     facts.st_ctim.tv_nsec);
}

bool is_settled(const struct stat& facts) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count() - facts.st_ctim.tv_sec >
         settled_seconds;
}

// The digest of the line that begins with the key; empty when there is none.
std::string remembered(const std::string& key) {
  const auto text = read_file(cache_path().string());
  constexpr std::size_t digits = 64;
  for (std::size_t at = text ? text->find(key) : std::string::npos; at != std::string::npos;
       at = text->find(key, at + 1))
    if ((at == 0 || (*text)[at - 1] == '\n') && text->size() > at + key.size() + digits &&
        (*text)[at + key.size() + digits] == '\n')
      return text->substr(at + key.size(), digits);
  return {};
}

// One write, so that lines of several processes do not mix.
void remember(const std::string& key, const std::string& sha256) {
  std::error_code ignored;
  fs::create_directories(cache_path().parent_path(), ignored);
  const auto file = open_file(cache_path().string(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file) (void)write_all(file->get(), key + sha256 + "\n");
}

}  // namespace

Result<std::string> sha256_of_file(const fs::path& path) {
  DMS_TRY(FileSource file, FileSource::open(path.string()));
  Sha256 sha256;
  std::vector<char> buffer(1 << 16);
  while (true) {
    DMS_TRY(const std::size_t count, file.read(buffer));
    if (count == 0) return hex(sha256.finish());
    sha256.update(std::span(buffer).first(count));
  }
}

Result<std::string> cached_sha256_of_file(const fs::path& path) {
  DMS_TRY(const struct stat before, look_at(path));
  const std::string key = key_of(before);
  if (std::string known = remembered(key); !known.empty()) return known;
  DMS_TRY(std::string sha256, sha256_of_file(path));
  DMS_TRY(const struct stat after, look_at(path));
  if (key_of(after) != key)
    return fail(Code::conflict, path.string() + " changes while it is read: try again");
  if (is_settled(before)) remember(key, sha256);
  return sha256;
}

}  // namespace dms::models

#include "tests/node/fixture.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <random>

namespace dms::node {
namespace fs = std::filesystem;
namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void become(const std::string& program, std::vector<std::string> arguments, const fs::path& in,
            const RunOptions& options, const fs::path& output, const fs::path& errors) {
  if (options.max_file_bytes > 0) {
    const rlimit limit{options.max_file_bytes, options.max_file_bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, options.beyond == Beyond::kills ? SIG_DFL : SIG_IGN);
  }
  dup2(open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
  dup2(open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (chdir(in.c_str()) == 0) execv(program.c_str(), argv.data());
  _exit(127);
}

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFF);
  return text;
}

}  // namespace

Outcome Fixture::dmsnode(std::vector<std::string> arguments, const RunOptions& options) const {
  return run(DMSNODE, std::move(arguments), options);
}

Outcome Fixture::run(const std::string& program, std::vector<std::string> arguments,
                     const RunOptions& options) const {
  // Beside the directory, so that the tests see only their own files in it.
  const fs::path output = directory().string() + ".out";
  const fs::path errors = directory().string() + ".err";
  const auto in = options.in.empty() ? directory() : directory() / options.in;
  const pid_t child = fork();
  if (child == 0) become(program, std::move(arguments), in, options, output, errors);
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome{.output = slurp(output), .errors = slurp(errors)};
  if (WIFEXITED(status)) outcome.exit = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  fs::remove(output);
  fs::remove(errors);
  return outcome;
}

void Fixture::write(const std::string& name, const std::string& content, mode_t mode) const {
  const auto path = directory() / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  ASSERT_EQ(chmod(path.c_str(), mode), 0) << path;
}

void Fixture::make_directory(const std::string& name) const {
  fs::create_directories(directory() / name);
}

void Fixture::link(const std::string& name, const std::string& target) const {
  const auto path = directory() / name;
  fs::create_directories(path.parent_path());
  fs::create_symlink(target, path);
}

std::string Fixture::read(const std::string& name) const { return slurp(directory() / name); }

mode_t Fixture::mode(const std::string& name) const {
  struct stat facts = {};
  EXPECT_EQ(lstat((directory() / name).c_str(), &facts), 0) << name;
  return facts.st_mode & 07777;
}

bool Fixture::exists(const std::string& name) const {
  return fs::exists(fs::symlink_status(directory() / name));
}

std::vector<std::string> Fixture::names_below(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory() / name)) {
    names.push_back(entry.path().lexically_relative(directory() / name).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Fixture::names_packed(const std::string& archive) const {
  const std::string into = "names-packed";
  fs::remove_all(directory() / into);
  const auto outcome = dmsnode({"unzip", archive, "--into", into});
  EXPECT_EQ(outcome.exit, 0) << outcome.errors;
  auto names = names_below(into);
  fs::remove_all(directory() / into);
  return names;
}

std::string zip_of(const std::vector<ZipEntry>& entries) {
  std::string bytes;
  std::string central;
  for (const auto& entry : entries) {
    const auto size = static_cast<std::uint32_t>(entry.content.size());
    auto checksum = static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(entry.content.data()), size));
    if (entry.wrong_checksum) checksum ^= 1;
    // version, flags (bit 0: encrypted, bit 11: UTF-8), stored, time, date, checksum, both sizes
    const auto common = little_endian(20, 2) + little_endian(entry.encrypted ? 0x801 : 0x800, 2) +
                        little_endian(0, 2) + little_endian(0, 2) + little_endian(0x21, 2) +
                        little_endian(checksum, 4) + little_endian(size, 4) +
                        little_endian(size - entry.hidden_bytes, 4) +
                        little_endian(static_cast<std::uint32_t>(entry.name.size()), 2);
    const auto offset = static_cast<std::uint32_t>(bytes.size());
    bytes += "PK\x03\x04" + common + little_endian(0, 2) + entry.name + entry.content;
    // made on Unix; no extra field, comment, disk or internal attributes; mode; offset
    central += "PK\x01\x02" + little_endian(3 << 8 | 20, 2) + common + little_endian(0, 4) +
               little_endian(0, 4) + little_endian(entry.mode << 16, 4) + little_endian(offset, 4) +
               entry.name;
  }
  const auto count = little_endian(static_cast<std::uint32_t>(entries.size()), 2);
  const auto start = little_endian(static_cast<std::uint32_t>(bytes.size()), 4);
  const auto length = little_endian(static_cast<std::uint32_t>(central.size()), 4);
  return bytes + central + "PK\x05\x06" + little_endian(0, 4) + count + count + length + start +
         little_endian(0, 2);
}

std::string noise(std::size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
  return bytes;
}

}  // namespace dms::node

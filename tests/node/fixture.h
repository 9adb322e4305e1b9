// What the tests of dmsnode share: a directory that goes away, files in it, the program run there,
// and archives made byte by byte, among them ones that no honest program writes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temp_directory.h"

namespace dms::node {

struct Outcome {
  int exit = -1;   // -1 when a signal ended it
  int signal = 0;  // the signal that ended it
  std::string output;
  std::string errors;
};

// What becomes of a write beyond the limit of RunOptions::max_file_bytes.
enum class Beyond { kills, fails };

struct RunOptions {
  std::filesystem::path in = {};     // the working directory; empty: Fixture::directory()
  std::uint64_t max_file_bytes = 0;  // no limit when 0
  Beyond beyond = Beyond::fails;
};

class Fixture : public testing::Test {
 protected:
  const std::filesystem::path& directory() const { return directory_.path(); }

  // Runs dmsnode (or another program) to its end.
  Outcome dmsnode(std::vector<std::string> arguments, const RunOptions& options = {}) const;
  Outcome run(const std::string& program, std::vector<std::string> arguments,
              const RunOptions& options = {}) const;

  // Below directory(), with parents.
  void write(const std::string& name, const std::string& content, mode_t mode = 0644) const;
  void make_directory(const std::string& name) const;
  void link(const std::string& name, const std::string& target) const;

  std::string read(const std::string& name) const;
  mode_t mode(const std::string& name) const;
  bool exists(const std::string& name) const;  // dangling links exist
  // All names below, sorted, relative to it; links are not followed.
  std::vector<std::string> names_below(const std::string& name) const;
  // The names in an archive, unpacked by dmsnode into a fresh directory.
  std::vector<std::string> names_packed(const std::string& archive) const;

 private:
  TempDirectory directory_;
};

struct ZipEntry {
  std::string name;
  std::string content;
  mode_t mode = S_IFREG | 0644;  // with the file type
  bool encrypted = false;
  bool wrong_checksum = false;
  std::uint32_t hidden_bytes = 0;  // of the content, that the uncompressed size leaves out
};

// A zip archive of stored entries as bytes; nothing is checked.
std::string zip_of(const std::vector<ZipEntry>& entries);

// Bytes that do not compress, the same each time.
std::string noise(std::size_t size);

}  // namespace dms::node

// The bytes of archives that are made on several threads, and what may happen to files meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "blob/zip.h"
#include "blob/zip/stream.h"
#include "core/child.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

void write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
}

std::string noise_of(std::size_t bytes, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// Lines of numbers, as models write them.
std::string numbers(std::size_t bytes, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes)
    text += "  " + std::to_string(random() % 100'000) + "." + std::to_string(random() % 100) + "\n";
  text.resize(bytes);
  return text;
}

std::string text_of(const fs::path& path) { return read_file(path.string()).value(); }

class ZipMaking : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(study); }

  ZipEntry entry_of(const std::string& name) {
    const auto entries = list_zip(archive).value();
    for (const auto& entry : entries)
      if (entry.name == name) return entry;
    ADD_FAILURE() << "there is no " << name;
    return {};
  }
  std::vector<TreeEntry> tree() { return list_tree(study, {}).value(); }
  // Makes the archive from what was listed before.
  Result<ZipSummary> make(std::vector<TreeEntry> tree, const ZipOptions& options = {}) {
    DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::compress, options));
    std::string bytes;
    std::string buffer(100'000, '\0');
    while (true) {
      DMS_TRY(const auto count, stream->read(buffer));
      if (count == 0) break;
      bytes.append(buffer, 0, count);
    }
    EXPECT_LE(bytes.size(), stream->most_bytes());
    std::ofstream(archive, std::ios::binary) << bytes;
    return stream->summary();
  }

  TempDirectory temp;
  const fs::path study = temp.path() / "study";
  const fs::path archive = temp.path() / "a.zip";
};

TEST_F(ZipMaking, gives_the_same_bytes_with_any_number_of_threads) {
  for (int i = 0; i < 60; ++i)
    write(study / ("run" + std::to_string(i)), numbers(static_cast<std::size_t>(i) * 997, 7));
  write(study / "large.txt", numbers(5'000'000));
  write(study / "tide.bin", noise_of(4'500'000));
  ASSERT_TRUE(zip_directory(study, archive, {.threads = 1}));
  const std::string once = text_of(archive);
  for (const int threads : {2, 3, 8}) {
    ASSERT_TRUE(zip_directory(study, archive, {.threads = threads}));
    EXPECT_TRUE(text_of(archive) == once) << threads;
  }
}

TEST_F(ZipMaking, has_the_identity_that_the_first_version_gave) {
  write(study / "bin/model", "#!/bin/sh\necho run\n");
  ASSERT_EQ(::chmod((study / "bin/model").c_str(), 0755), 0);
  write(study / "input/a.inp", std::string(100'000, 'a'));
  fs::create_directories(study / "output");
  fs::create_symlink("input/a.inp", study / "link");
  for (const auto* dir : {"bin", "input", "output"})
    ASSERT_EQ(::chmod((study / dir).c_str(), 0755), 0);
  const std::string identity = "363070bd035ce41bcdf0d82523ea8e11bf73b51e532c21a107e79446b751ac8b";
  EXPECT_EQ(zip_directory(study, archive).value().sha256, identity);
  EXPECT_EQ(hash_directory(study).value().sha256, identity);
}

TEST_F(ZipMaking, hash_directory_gives_the_same_summary_for_large_files) {
  write(study / "large", numbers(2 * piece_bytes + 1));
  write(study / "exact", numbers(piece_bytes));
  const auto zipped = zip_directory(study, archive).value();
  const auto hashed = hash_directory(study).value();
  EXPECT_EQ(zipped.sha256, hashed.sha256);
  EXPECT_EQ(zipped.files, hashed.files);
  EXPECT_EQ(zipped.bytes, hashed.bytes);
}

TEST_F(ZipMaking, brings_back_files_of_every_number_of_pieces) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, piece_bytes - 1, piece_bytes,
                                  piece_bytes + 1, 2 * piece_bytes, 3 * piece_bytes + 77}) {
    write(study / "text", numbers(bytes));
    write(study / "mixed", noise_of(bytes / 2) + numbers(bytes - bytes / 2));
    ASSERT_TRUE(zip_directory(study, archive));
    EXPECT_TRUE(read_entry(archive, "text").value() == text_of(study / "text")) << bytes;
    EXPECT_TRUE(read_entry(archive, "mixed").value() == text_of(study / "mixed")) << bytes;
  }
}

TEST_F(ZipMaking, other_programs_take_the_archive_as_sound) {
  write(study / "text", numbers(3'000'000));
  write(study / "noise", noise_of(3'000'000));
  write(study / "größe", "x");
  write(study / "nothing", "");
  fs::create_symlink("text", study / "link");
  ASSERT_TRUE(zip_directory(study, archive));
  const auto tested = run_captured({"unzip", "-tqq", archive.string()});
  ASSERT_TRUE(tested) << tested.error().message;
  EXPECT_EQ(tested->exit_code, 0) << tested->out << tested->err;
}

TEST_F(ZipMaking, stores_what_is_compressed_already) {
  write(study / "noise", noise_of(200'000));
  write(study / "large_noise", noise_of(3'000'000));
  write(study / "short_noise", noise_of(100));
  write(study / "picture.png", noise_of(300'000));
  write(study / "text", numbers(200'000));
  write(study / "begins_with_noise", noise_of(150'000) + numbers(400'000));
  write(study / "not_really.zip", numbers(300'000));
  ASSERT_TRUE(zip_directory(study, archive));
  for (const auto* name : {"noise", "large_noise", "short_noise", "picture.png"})
    EXPECT_EQ(entry_of(name).compressed_bytes, entry_of(name).size_bytes) << name;
  for (const auto* name : {"text", "begins_with_noise", "not_really.zip"})
    EXPECT_LT(entry_of(name).compressed_bytes, entry_of(name).size_bytes * 3 / 4) << name;
}

TEST_F(ZipMaking, has_as_much_of_a_growing_file_as_there_was) {
  write(study / "log", "first\n");
  write(study / "large", numbers(piece_bytes + 100));
  const auto listed = tree();
  const auto before = hash_directory(study).value();
  std::ofstream(study / "log", std::ios::app) << "second\n";
  std::ofstream(study / "large", std::ios::app) << "more\n";
  EXPECT_EQ(make(listed).value().sha256, before.sha256);
  EXPECT_EQ(read_entry(archive, "log").value(), "first\n");
  EXPECT_EQ(read_entry(archive, "large").value().size(), piece_bytes + 100);
}

TEST_F(ZipMaking, has_the_hash_of_what_was_left_of_a_shrinking_file) {
  write(study / "log", "first\nsecond\n");
  write(study / "large", numbers(3 * piece_bytes));
  const auto listed = tree();
  write(study / "log", "first\n");
  write(study / "large", numbers(piece_bytes / 2));
  const auto made = make(listed);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->sha256, hash_directory(study).value().sha256);
  EXPECT_EQ(read_entry(archive, "log").value(), "first\n");
  EXPECT_TRUE(read_entry(archive, "large").value() == text_of(study / "large"));
}

TEST_F(ZipMaking, follows_no_link_that_a_file_became) {
  write(study / "a", "inside");
  write(temp.path() / "secret", "outside");
  const auto listed = tree();
  fs::remove(study / "a");
  fs::create_symlink("../secret", study / "a");
  EXPECT_THAT(make(listed).error().message, HasSubstr("study/a"));
  fs::remove(study / "a");
  ASSERT_EQ(::mkfifo((study / "a").c_str(), 0600), 0);
  EXPECT_EQ(make(listed).error().code, Code::conflict);
}

TEST_F(ZipMaking, names_the_file_that_is_gone) {
  for (int i = 0; i < 100; ++i) write(study / ("f" + std::to_string(i)), "x");
  const auto listed = tree();
  fs::remove(study / "f42");
  const auto made = make(listed);
  EXPECT_EQ(made.error().code, Code::not_found);
  EXPECT_THAT(made.error().message, HasSubstr("f42"));
}

TEST_F(ZipMaking, ends_its_threads_when_nobody_reads_on) {
  for (int i = 0; i < 100; ++i) write(study / ("f" + std::to_string(i)), numbers(10'000));
  const auto stream = ZipStream::start(tree(), ZipWork::compress, {.threads = 4}).value();
}

TEST_F(ZipMaking, counts_more_entries_than_a_short_end_record_can) {
  for (const std::size_t count : {65'534u, 65'535u, 65'536u}) {
    std::vector<TreeEntry> entries(count);
    for (std::size_t i = 0; i < count; ++i)
      entries[i] = {.name = std::to_string(100'000 + i), .mode = S_IFDIR | 0755};
    ASSERT_TRUE(make(entries));
    EXPECT_EQ(list_zip(archive).value().size(), count);
  }
}

TEST_F(ZipMaking, refuses_names_that_are_almost_utf8) {
  for (const auto* name : {"\x80", "\xC0\xAF", "a\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xF8\x88\x80\x80\x80"}) {
    write(study / name, "x");
    EXPECT_EQ(list_tree(study, {}).error().code, Code::invalid_argument);
    fs::remove(study / name);
  }
  write(study / "\xF0\x9F\x8C\x8A", "x");
  EXPECT_TRUE(list_tree(study, {}));
}

}  // namespace
}  // namespace dms::blob

#include "blob/zip.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "blob/zip_upload.h"
#include "core/file.h"
#include "tests/blob/raw_zip.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

void write_entry_file(const fs::path& path, std::string_view text, mode_t mode = 0644) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

std::vector<std::string> names_in(const fs::path& archive) {
  std::vector<std::string> names;
  const auto entries = list_zip(archive).value();
  for (const auto& entry : entries) names.push_back(entry.name);
  return names;
}

std::string content_at(const fs::path& path) { return read_file(path.string()).value(); }

// study/ with a program, a nested input, a link and an empty directory.
class ZipDirectory : public testing::Test {
 protected:
  void SetUp() override { make_study(study); }

  static void make_study(const fs::path& at) {
    write_entry_file(at / "bin/model", "#!/bin/sh\necho run\n", 0755);
    write_entry_file(at / "input/a.inp", std::string(100'000, 'a'));
    fs::create_directories(at / "output");
    fs::create_symlink("input/a.inp", at / "link");
    for (const auto* dir : {"bin", "input", "output"})
      ASSERT_EQ(::chmod((at / dir).c_str(), 0755), 0);
  }

  TempDirectory temp;
  const fs::path study = temp.path() / "study";
  const fs::path archive = temp.path() / "a.zip";
};

TEST_F(ZipDirectory, holds_everything_in_byte_order) {
  ASSERT_TRUE(zip_directory(study, archive));
  EXPECT_THAT(names_in(archive),
              ElementsAre("bin/", "bin/model", "input/", "input/a.inp", "link", "output/"));
}

TEST_F(ZipDirectory, counts_files_and_bytes) {
  const auto summary = zip_directory(study, archive).value();
  EXPECT_EQ(summary.files, 3u);
  EXPECT_EQ(summary.bytes, 19u + 100'000u + 11u);
  EXPECT_EQ(summary.sha256.size(), 64u);
}

TEST_F(ZipDirectory, keeps_modes_and_links) {
  ASSERT_TRUE(zip_directory(study, archive));
  const auto entries = list_zip(archive).value();
  EXPECT_EQ(entries[0].mode, S_IFDIR | 0755u);
  EXPECT_EQ(entries[1].mode, S_IFREG | 0755u);
  EXPECT_EQ(entries[3].mode, S_IFREG | 0644u);
  EXPECT_EQ(entries[4].mode, S_IFLNK | 0777u);
  EXPECT_EQ(read_entry(archive, "link").value(), "input/a.inp");
}

TEST_F(ZipDirectory, compresses) {
  ASSERT_TRUE(zip_directory(study, archive));
  EXPECT_LT(fs::file_size(archive), 2'000u);
  EXPECT_EQ(read_entry(archive, "input/a.inp").value(), std::string(100'000, 'a'));
}

TEST_F(ZipDirectory, gives_the_same_bytes_for_the_same_content) {
  make_study(temp.path() / "copy");
  // Another time of writing is not another content.
  const timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (temp.path() / "copy/bin/model").c_str(), old, 0), 0);
  const auto first = zip_directory(study, archive).value();
  const auto second = zip_directory(temp.path() / "copy", temp.path() / "b.zip").value();
  EXPECT_EQ(first.sha256, second.sha256);
  EXPECT_EQ(content_at(archive), content_at(temp.path() / "b.zip"));
}

TEST_F(ZipDirectory, has_the_same_bytes_in_every_time_zone) {
  const char* before = ::getenv("TZ");
  const std::string old_zone = before != nullptr ? before : "";
  ::setenv("TZ", "Pacific/Auckland", 1);
  ::tzset();
  const auto east = zip_directory(study, archive);
  ::setenv("TZ", "America/Los_Angeles", 1);
  ::tzset();
  const auto west = zip_directory(study, temp.path() / "b.zip");
  before != nullptr ? ::setenv("TZ", old_zone.c_str(), 1) : ::unsetenv("TZ");
  ::tzset();
  ASSERT_TRUE(east && west);
  EXPECT_EQ(content_at(archive), content_at(temp.path() / "b.zip"));
}

TEST_F(ZipDirectory, has_another_hash_for_another_name_mode_or_content) {
  std::vector<std::string> hashes{zip_directory(study, archive).value().sha256};
  const auto add = [&] { hashes.push_back(zip_directory(study, archive).value().sha256); };
  ::chmod((study / "input/a.inp").c_str(), 0600);
  add();
  fs::rename(study / "input/a.inp", study / "input/b.inp");
  add();
  write_entry_file(study / "input/b.inp", std::string(100'000, 'b'), 0600);
  add();
  fs::remove(study / "output");
  add();
  fs::remove(study / "link");
  fs::create_symlink("input/b.inp", study / "link");
  add();
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST_F(ZipDirectory, leaves_out_what_the_patterns_name) {
  write_entry_file(study / "output/deep/trace.out", "x");
  write_entry_file(study / "run1/tmp/x", "x");
  write_entry_file(study / "notes.tmp", "x");
  ASSERT_TRUE(zip_directory(study, archive,
                            {.exclude = {"*.out", "*.tmp", "bin", "run?/tmp", "input/a*"}}));
  EXPECT_THAT(names_in(archive), ElementsAre("input/", "link", "output/", "output/deep/", "run1/"));
}

TEST_F(ZipDirectory, of_nothing_is_an_archive_all_the_same) {
  const auto summary = zip_directory(study, archive, {.exclude = {"*"}});
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->files, 0u);
  EXPECT_TRUE(names_in(archive).empty());
}

TEST_F(ZipDirectory, replaces_an_older_archive) {
  write_entry_file(archive, "not a zip at all");
  ASSERT_TRUE(zip_directory(study, archive));
  EXPECT_EQ(names_in(archive).size(), 6u);
}

TEST_F(ZipDirectory, says_which_directory_is_none) {
  const auto missing = zip_directory(temp.path() / "nowhere", archive);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_THAT(missing.error().message, HasSubstr("nowhere"));
  EXPECT_EQ(zip_directory(study / "bin/model", archive).error().code, Code::invalid_argument);
  EXPECT_FALSE(fs::exists(archive));
}

TEST_F(ZipDirectory, refuses_what_no_archive_can_hold) {
  ASSERT_EQ(::mkfifo((study / "pipe").c_str(), 0600), 0);
  const auto summary = zip_directory(study, archive);
  EXPECT_EQ(summary.error().code, Code::invalid_argument);
  EXPECT_THAT(summary.error().message, HasSubstr("pipe"));
  EXPECT_TRUE(zip_directory(study, archive, {.exclude = {"pipe"}}));
}

TEST_F(ZipDirectory, refuses_a_name_that_is_not_utf8) {
  write_entry_file(study / "bad\xFF", "x");
  EXPECT_EQ(zip_directory(study, archive).error().code, Code::invalid_argument);
}

TEST_F(ZipDirectory, stops_when_asked_and_leaves_nothing) {
  std::stop_source stop;
  stop.request_stop();
  const auto summary = zip_directory(study, archive, {.stop = stop.get_token()});
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::cancelled);
  EXPECT_THAT(std::distance(fs::directory_iterator(temp.path()), {}), 1);
}

TEST_F(ZipDirectory, keeps_names_that_are_not_ascii) {
  write_entry_file(study / "größe/ü.txt", "x");
  ASSERT_TRUE(zip_directory(study, archive));
  EXPECT_EQ(read_entry(archive, "größe/ü.txt").value(), "x");
}

// ---- reading ----

TEST_F(ZipDirectory, read_entry_tells_what_is_wrong) {
  ASSERT_TRUE(zip_directory(study, archive));
  EXPECT_EQ(read_entry(archive, "none").error().code, Code::not_found);
  EXPECT_EQ(read_entry(temp.path() / "none.zip", "x").error().code, Code::not_found);
  EXPECT_EQ(read_entry(archive, "input/a.inp", 99'999).error().code, Code::exhausted);
  write_entry_file(temp.path() / "no.zip", "no archive");
  EXPECT_EQ(read_entry(temp.path() / "no.zip", "x").error().code, Code::corrupt);
}

TEST_F(ZipDirectory, read_entry_notices_damage) {
  std::string content;
  for (unsigned i = 0, state = 1; i < 5000; ++i)
    content += static_cast<char>((state = state * 1103515245u + 12345u) >> 16);
  write_entry_file(study / "noise", content);
  ASSERT_TRUE(zip_directory(study, archive, {.exclude = {"bin", "input", "link", "output"}}));
  auto bytes = content_at(archive);
  bytes[2000] = static_cast<char>(bytes[2000] ^ 0x55);
  write_entry_file(archive, bytes);
  EXPECT_EQ(read_entry(archive, "noise").error().code, Code::corrupt);
}

// ---- merging ----

class MergeZips : public ZipDirectory {
 protected:
  const fs::path output = temp.path() / "all.zip";
};

TEST_F(MergeZips, puts_each_archive_below_its_folder) {
  ASSERT_TRUE(zip_directory(study, archive));
  const auto merged =
      merge_zips(output, {{"run_1", archive}, {"run_2/deep", content_at(archive)}, {"", archive}});
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(names_in(output).size(), 18u);
  EXPECT_EQ(read_entry(output, "run_1/input/a.inp").value(), std::string(100'000, 'a'));
  EXPECT_EQ(read_entry(output, "run_2/deep/bin/model").value(), "#!/bin/sh\necho run\n");
  EXPECT_EQ(read_entry(output, "link").value(), "input/a.inp");
}

TEST_F(MergeZips, copies_compressed_data_modes_and_kinds_as_they_are) {
  ASSERT_TRUE(zip_directory(study, archive));
  ASSERT_TRUE(merge_zips(output, {{"r", archive}}));
  const auto before = list_zip(archive).value();
  const auto after = list_zip(output).value();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].name, "r/" + before[i].name);
    EXPECT_EQ(after[i].size_bytes, before[i].size_bytes);
    EXPECT_EQ(after[i].compressed_bytes, before[i].compressed_bytes) << before[i].name;
    EXPECT_EQ(after[i].mode, before[i].mode);
  }
}

TEST_F(MergeZips, gives_the_same_bytes_again) {
  ASSERT_TRUE(zip_directory(study, archive));
  ASSERT_TRUE(merge_zips(output, {{"a", archive}, {"b", archive}}));
  const auto first = content_at(output);
  ASSERT_TRUE(merge_zips(output, {{"a", archive}, {"b", archive}}));
  EXPECT_EQ(content_at(output), first);
}

TEST_F(MergeZips, takes_more_archives_than_may_be_open) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  std::vector<ZipPart> parts;
  for (int i = 0; i < 200; ++i) {
    const fs::path part = temp.path() / ("p" + std::to_string(i) + ".zip");
    write_entry_file(study / "n", std::to_string(i));
    ASSERT_TRUE(zip_directory(study, part, {.exclude = {"input", "bin", "link"}}));
    parts.push_back({"run_" + std::to_string(i), part});
  }
  const rlimit few{100, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto merged = merge_zips(output, parts);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_TRUE(merged) << merged.error().message;
  EXPECT_EQ(read_entry(output, "run_137/n").value(), "137");
}

TEST_F(MergeZips, takes_more_entries_than_sixteen_bits_count) {
  std::vector<ZipPart> parts;
  for (int part = 0; part < 70; ++part) {
    raw::Archive many;
    for (int i = 0; i < 1000; ++i)
      many.entries.push_back({.name = std::to_string(i), .content = std::to_string(i)});
    parts.push_back({"part_" + std::to_string(part), raw::bytes_of(many)});
  }
  ASSERT_TRUE(merge_zips(output, parts));
  EXPECT_EQ(list_zip(output).value().size(), 70'000u);
  EXPECT_EQ(read_entry(output, "part_69/999").value(), "999");
  const fs::path into = temp.path() / "unpacked";
  fs::create_directories(into);
  ASSERT_TRUE(unpack_zip(output, into));
  EXPECT_EQ(content_at(into / "part_0/17"), "17");
}

TEST_F(MergeZips, keeps_the_times_of_the_entries) {
  raw::Archive part;
  part.entries.push_back({.name = "a", .content = "x"});
  const std::string bytes = raw::bytes_of(part);
  ASSERT_TRUE(merge_zips(output, {{"r", bytes}}));
  EXPECT_EQ(content_at(output).substr(10, 4), bytes.substr(10, 4));
}

TEST_F(MergeZips, of_nothing_is_an_archive_all_the_same) {
  ASSERT_TRUE(merge_zips(output, {}));
  EXPECT_TRUE(names_in(output).empty());
}

TEST_F(MergeZips, refuses_unsafe_folders) {
  ASSERT_TRUE(zip_directory(study, archive));
  for (const auto* folder : {"..", "a/../..", "/a", "\\a", "C:x", "a\\..\\b"})
    EXPECT_EQ(merge_zips(output, {{folder, archive}}).error().code, Code::invalid_argument)
        << folder;
  EXPECT_FALSE(fs::exists(output));
}

// Replaces a name by one of the same length, in both places where an archive holds it.
std::string with_name(std::string bytes, std::string_view name, std::string_view by) {
  for (auto at = bytes.find(name); at != bytes.npos; at = bytes.find(name, at))
    bytes.replace(at, name.size(), by);
  return bytes;
}

TEST_F(MergeZips, refuses_unsafe_entries) {
  ASSERT_TRUE(zip_directory(study, archive, {.exclude = {"bin", "input", "output"}}));
  for (const auto* name : {"/abc", "../a", "a/..", "C:ab", "..\\a"}) {
    const auto merged = merge_zips(output, {{"r", with_name(content_at(archive), "link", name)}});
    ASSERT_FALSE(merged) << name;
    EXPECT_EQ(merged.error().code, Code::invalid_argument) << merged.error().message;
  }
  EXPECT_FALSE(fs::exists(output));
}

TEST_F(MergeZips, refuses_a_name_that_comes_twice) {
  ASSERT_TRUE(zip_directory(study, archive));
  const auto merged = merge_zips(output, {{"r", archive}, {"r", archive}});
  EXPECT_EQ(merged.error().code, Code::invalid_argument);
  EXPECT_THAT(merged.error().message, HasSubstr("comes twice"));
}

TEST_F(MergeZips, names_the_part_that_is_no_archive) {
  write_entry_file(temp.path() / "broken.zip", "PK but not really");
  const auto merged = merge_zips(output, {{"r", temp.path() / "broken.zip"}});
  EXPECT_EQ(merged.error().code, Code::corrupt);
  EXPECT_THAT(merged.error().message, HasSubstr("broken.zip"));
  EXPECT_EQ(merge_zips(output, {{"r", temp.path() / "none.zip"}}).error().code, Code::not_found);
}

TEST_F(MergeZips, leaves_the_old_archive_when_it_fails) {
  write_entry_file(output, "old");
  EXPECT_FALSE(merge_zips(output, {{"r", temp.path() / "none.zip"}}));
  EXPECT_EQ(content_at(output), "old");
}

// ---- upload ----

class ZipUpload : public ZipDirectory {
 protected:
  void SetUp() override {
    ZipDirectory::SetUp();
    fs::create_directories(temp_root);
    if (const char* old = ::getenv("TMPDIR")) old_temp = old;
    ::setenv("TMPDIR", temp_root.c_str(), 1);
  }
  void TearDown() override {
    old_temp ? ::setenv("TMPDIR", old_temp->c_str(), 1) : ::unsetenv("TMPDIR");
  }

  const std::string host = "http://127.0.0.1:10000/acct";
  const fs::path temp_root = temp.path() / "tmp";
  std::optional<std::string> old_temp;
  ScriptedTransport transport;
  FakeClock clock;
  AzureBlob blob{{.endpoint = Url::parse(host).value()}, transport, clock};
  const Response created{.status = 201,
                         .headers = {{"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}}};
};

TEST_F(ZipUpload, names_the_blob_after_the_directory) {
  transport.expect("PUT", host + "/cont1/study.zip", created);
  const auto zipped = zip_and_upload(blob, "cont1", "", study.string() + "/");
  ASSERT_TRUE(zipped) << zipped.error().message;
  EXPECT_EQ(zipped->name, "study.zip");
  EXPECT_EQ(zipped->url, host + "/cont1/study.zip");
  EXPECT_EQ(transport.requests()[0].headers.get("x-ms-blob-content-type"), "application/zip");
  write_entry_file(archive, transport.requests()[0].body);
  EXPECT_EQ(names_in(archive).size(), 6u);
}

TEST_F(ZipUpload, leaves_no_file_behind) {
  transport.expect("PUT", host + "/cont1/s.zip", created);
  transport.expect("PUT", host + "/cont1/s.zip", {.status = 403});
  ASSERT_TRUE(zip_and_upload(blob, "cont1", "s.zip", study));
  ASSERT_FALSE(zip_and_upload(blob, "cont1", "s.zip", study));
  ASSERT_FALSE(zip_and_upload(blob, "cont1", "s.zip", temp.path() / "none"));
  EXPECT_TRUE(fs::is_empty(temp_root));
}

TEST_F(ZipUpload, by_content_sends_nothing_that_is_there) {
  const auto hash = zip_directory(study, archive).value().sha256;
  transport.expect("HEAD", host + "/cont1/inputs/" + hash + ".zip", {.status = 200});
  const auto zipped = zip_and_upload_if_absent(blob, "cont1", "inputs/", study);
  ASSERT_TRUE(zipped) << zipped.error().message;
  EXPECT_EQ(zipped->name, "inputs/" + hash + ".zip");
}

}  // namespace
}  // namespace dms::blob

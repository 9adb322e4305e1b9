// What unpack_zip writes, and what it refuses before it writes anything. Archives that no honest
// program makes are put together here byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "blob/zip.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint32_t regular = S_IFREG | 0644;
constexpr std::uint32_t link = S_IFLNK | 0777;

std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

// A zip of stored entries, whatever their names are.
class RawZip {
 public:
  RawZip& add(const std::string& name, const std::string& content, std::uint32_t mode = regular,
              int system = 3) {
    const std::string common = number(0, 2) + number(0, 2) + number(0, 4) +
                               number(crc_of(content), 4) + number(content.size(), 4) +
                               number(claimed_.value_or(content.size()), 4) +
                               number(name.size(), 2) + number(0, 2);
    directory_ += "PK\x01\x02" + number(20 | system << 8, 2) + number(20, 2) + common +
                  number(0, 2) + number(0, 2) + number(0, 2) +
                  number(std::uint64_t{mode} << 16, 4) + number(files_.size(), 4) + name;
    files_ += "PK\x03\x04" + number(20, 2) + common + name + content;
    ++count_;
    return *this;
  }
  // The next entries say that they are this long.
  RawZip& claim(std::uint64_t size) {
    claimed_ = size;
    return *this;
  }
  void write(const std::string& path) const {
    std::ofstream(path, std::ios::binary)
        << files_ << directory_ << "PK\x05\x06" << number(0, 4) << number(count_, 2)
        << number(count_, 2) << number(directory_.size(), 4) << number(files_.size(), 4)
        << number(0, 2);
  }

 private:
  static std::string number(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
    return text;
  }
  std::string files_;
  std::string directory_;
  std::uint64_t count_ = 0;
  std::optional<std::uint64_t> claimed_;
};

class ZipUnpack : public testing::Test {
 protected:
  ZipUnpack() { fs::create_directory(into_); }

  Status unpack(const RawZip& zip, const UnpackOptions& options = {}) {
    zip.write(archive_);
    return unpack_zip(archive_, into_, options);
  }
  // What is said of an archive that is refused; nothing was written.
  std::string refusal(const RawZip& zip, const UnpackOptions& options = {}) {
    const Status status = unpack(zip, options);
    EXPECT_TRUE(fs::is_empty(into_));
    return status ? "unpacked" : status.error().message;
  }
  std::string text(const std::string& name) const {
    return read_file((fs::path(into_) / name).string()).value();
  }
  mode_t mode(const std::string& name) const {
    struct stat facts {};
    EXPECT_EQ(::stat((fs::path(into_) / name).c_str(), &facts), 0) << name;
    return facts.st_mode & 07777;
  }

  TempDirectory temp_;
  const std::string archive_ = temp_ / "a.zip";
  const std::string into_ = temp_ / "into";
};

TEST_F(ZipUnpack, brings_back_what_was_zipped) {
  const fs::path source = temp_ / "source";
  fs::create_directories(source / "bin/empty");
  std::ofstream(source / "bin/run") << "#!/bin/sh\n";
  fs::permissions(source / "bin/run", fs::perms(0755));
  std::ofstream(source / "big") << std::string(1 << 20, 'x');
  fs::create_symlink("bin/run", source / "start");
  fs::create_symlink("../big", source / "bin/data");
  ASSERT_TRUE(zip_directory(source, archive_));
  const Status status = unpack_zip(archive_, into_);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(text("bin/run"), "#!/bin/sh\n");
  EXPECT_EQ(mode("bin/run"), 0755U);
  EXPECT_EQ(mode("big"), 0644U);
  EXPECT_EQ(text("bin/data").size(), std::size_t{1} << 20);
  EXPECT_EQ(text("start"), "#!/bin/sh\n");
  EXPECT_TRUE(fs::is_symlink(fs::path(into_) / "start"));
  EXPECT_TRUE(fs::is_directory(fs::path(into_) / "bin/empty"));
}

TEST_F(ZipUnpack, of_no_entries_gives_an_empty_directory) {
  EXPECT_TRUE(unpack(RawZip()));
  EXPECT_TRUE(fs::is_empty(into_));
}

TEST_F(ZipUnpack, lets_programs_of_other_systems_be_run) {
  ASSERT_TRUE(unpack(RawZip().add("tool", "x", 0, 0)));
  EXPECT_EQ(mode("tool"), 0755U);
}

TEST_F(ZipUnpack, keeps_no_special_bits_and_stays_readable) {
  ASSERT_TRUE(unpack(RawZip().add("odd", "x", S_IFREG | 04001)));
  EXPECT_EQ(mode("odd"), 0601U);
}

TEST_F(ZipUnpack, refuses_names_that_lead_out) {
  EXPECT_THAT(refusal(RawZip().add("ok", "").add("../evil", "x")), HasSubstr("'../evil' holds"));
  EXPECT_THAT(refusal(RawZip().add("a/../../evil", "x")), HasSubstr("holds '..'"));
  EXPECT_THAT(refusal(RawZip().add("/etc/evil", "x")), HasSubstr("'/etc/evil' is absolute"));
  EXPECT_THAT(refusal(RawZip().add(".", "x")), HasSubstr("has no name"));
}

TEST_F(ZipUnpack, refuses_to_write_through_links_and_files) {
  EXPECT_THAT(refusal(RawZip().add("a", "b", link).add("a/evil", "x")),
              HasSubstr("'a/evil' passes through"));
  EXPECT_THAT(refusal(RawZip().add("a/evil", "x").add("a", "b", link)),
              HasSubstr("'a/evil' passes through"));
  EXPECT_THAT(refusal(RawZip().add("a", "b").add("a/b", "x")), HasSubstr("passes through"));
  EXPECT_THAT(refusal(RawZip().add("a", "b", link).add("a/", "")), HasSubstr("passes through"));
  EXPECT_THAT(refusal(RawZip().add("a", "1").add("./a", "2")), HasSubstr("comes twice"));
}

TEST_F(ZipUnpack, refuses_links_that_may_lead_out) {
  for (const char* target : {"/etc/passwd", "..", "../x", "d/../../x", "d/..", ""}) {
    const Status status = unpack(RawZip().add("l", target, link));
    ASSERT_FALSE(status) << target;
    EXPECT_THAT(status.error().message, HasSubstr("lead out of the directory")) << target;
  }
  EXPECT_TRUE(unpack(RawZip().add("d/e/l", "../../x", link).add("x", "1")));
  EXPECT_EQ(text("d/e/l"), "1");
}

TEST_F(ZipUnpack, refuses_what_is_no_file) {
  EXPECT_THAT(refusal(RawZip().add("pipe", "", S_IFIFO | 0644)), HasSubstr("neither file"));
  EXPECT_THAT(refusal(RawZip().add("disk", "", S_IFBLK | 0644)), HasSubstr("neither file"));
}

TEST_F(ZipUnpack, refuses_what_is_too_much) {
  EXPECT_THAT(refusal(RawZip().add("a", "12345").add("b", "678"), {.limit_bytes = 7}),
              HasSubstr("'b'"));
  EXPECT_TRUE(unpack(RawZip().add("a", "12345").add("b", "67"), {.limit_bytes = 7}));
}

TEST_F(ZipUnpack, refuses_what_is_damaged) {
  std::ofstream(archive_) << "no zip";
  EXPECT_EQ(unpack_zip(archive_, into_).error().code, Code::corrupt);
  EXPECT_FALSE(unpack(RawZip().claim(9).add("a", "1234")));
  EXPECT_FALSE(unpack(RawZip().claim(2).add("b", "1234")));
  EXPECT_EQ(unpack_zip(temp_ / "none", into_).error().code, Code::not_found);
}

TEST_F(ZipUnpack, ends_when_it_is_asked_to) {
  std::stop_source stop;
  stop.request_stop();
  const Status status = unpack(RawZip().add("a", "1"), {.stop = stop.get_token()});
  EXPECT_EQ(status.error().code, Code::cancelled);
}

}  // namespace
}  // namespace dms::blob

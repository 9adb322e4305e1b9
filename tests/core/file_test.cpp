#include "core/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "tests/support/temp_directory.h"

namespace dms {
namespace {

mode_t mode_of(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

std::string read_all(BodySource& source, std::size_t step) {
  std::string text;
  std::string buffer(step, '\0');
  while (true) {
    const std::size_t count = source.read(buffer).value();
    if (count == 0) return text;
    text.append(buffer, 0, count);
  }
}

TEST(File, reads_back_what_was_written_atomically) {
  TempDirectory directory;
  const std::string path = directory / "a";
  const std::string big(200'000, 'x');
  ASSERT_TRUE(write_file_atomic(path, big, 0600));
  EXPECT_EQ(read_file(path).value(), big);
  EXPECT_EQ(mode_of(path), 0600u);
  ASSERT_TRUE(write_file_atomic(path, "new", 0644));
  EXPECT_EQ(read_file(path).value(), "new");
  EXPECT_EQ(mode_of(path), 0644u);
}

TEST(File, leaves_nothing_behind_when_it_cannot_write) {
  TempDirectory directory;
  const std::string path = directory / "taken";
  std::filesystem::create_directory(path);
  EXPECT_FALSE(write_file_atomic(path, "text"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(File, names_the_path_that_is_missing) {
  TempDirectory directory;
  const auto text = read_file(directory / "none");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::not_found);
  EXPECT_NE(text.error().message.find(directory / "none"), std::string::npos);
  const auto written = write_file_atomic(directory / "no/file", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::not_found);
}

TEST(File, opens_close_on_exec) {
  const UniqueFd fd = open_file("/dev/null", O_RDONLY).value();
  EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(UniqueFd, closes_once_and_moves) {
  UniqueFd first = open_file("/dev/null", O_RDONLY).value();
  const int number = first.get();
  UniqueFd second = std::move(first);
  EXPECT_EQ(second.get(), number);
  second.reset();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  EXPECT_FALSE(second);
}

TEST(MakeTempDirectory, makes_a_private_one_each_time) {
  TempDirectory directory;
  const std::string a = make_temp_directory("x-", directory.path().string()).value();
  const std::string b = make_temp_directory("x-", directory.path().string()).value();
  EXPECT_NE(a, b);
  EXPECT_EQ(mode_of(a), 0700u);
  EXPECT_FALSE(make_temp_directory("x-", directory / "none"));
}

TEST(FileLock, is_held_until_it_goes) {
  TempDirectory directory;
  const std::string path = directory / "lock";
  {
    const auto lock = FileLock::try_lock(path);
    ASSERT_TRUE(lock);
    const auto second = FileLock::try_lock(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::conflict);
  }
  EXPECT_TRUE(FileLock::try_lock(path));
}

TEST(FileSource, reads_a_range_and_again_after_rewind) {
  TempDirectory directory;
  const std::string path = directory / "f";
  ASSERT_TRUE(write_file_atomic(path, "0123456789"));
  auto fd = std::make_shared<const UniqueFd>(open_file(path, O_RDONLY).value());
  FileSource source(fd, 2, 5);
  EXPECT_EQ(source.size(), 5u);
  EXPECT_EQ(read_all(source, 2), "23456");
  EXPECT_EQ(read_all(source, 2), "");
  ASSERT_TRUE(source.rewind());
  EXPECT_EQ(read_all(source, 100), "23456");
  FileSource whole = FileSource::open(path).value();
  EXPECT_EQ(read_all(whole, 3), "0123456789");
}

TEST(FileSource, tells_that_the_file_became_shorter) {
  TempDirectory directory;
  const std::string path = directory / "f";
  ASSERT_TRUE(write_file_atomic(path, "0123456789"));
  FileSource source = FileSource::open(path).value();
  std::filesystem::resize_file(path, 0);
  std::array<char, 4> buffer;
  const auto read = source.read(buffer);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
}

TEST(FileSource, opens_regular_files_only) {
  TempDirectory directory;
  EXPECT_FALSE(FileSource::open(directory.path().string()));
  EXPECT_FALSE(FileSource::open(directory / "none"));
}

TEST(StringSource, reads_the_text_and_again_after_rewind) {
  StringSource source("hello");
  EXPECT_EQ(source.size(), 5u);
  EXPECT_EQ(read_all(source, 2), "hello");
  ASSERT_TRUE(source.rewind());
  EXPECT_EQ(read_all(source, 10), "hello");
}

TEST(StringSink, starts_anew_with_each_try) {
  StringSink sink;
  ASSERT_TRUE(sink.begin(200, {}));
  ASSERT_TRUE(sink.write(std::string("half")));
  ASSERT_TRUE(sink.begin(200, {}));
  ASSERT_TRUE(sink.write(std::string("whole")));
  EXPECT_EQ(sink.text(), "whole");
}

}  // namespace
}  // namespace dms

#include "cli/terminal.h"

#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::cli {
namespace {

// A stream into a file, and what arrived there.
class Stream : public testing::Test {
 protected:
  Stream() : file_(std::fopen((directory_ / "out").c_str(), "w")) {}
  ~Stream() override { std::fclose(file_); }
  std::string written() { return read_file(directory_ / "out").value_or("absent"); }

  TempDirectory directory_;
  std::FILE* file_;
  FakeClock clock_;
};

TEST_F(Stream, that_is_a_file_is_plain) { EXPECT_EQ(kind_of(file_), StreamKind::plain); }

TEST_F(Stream, that_is_plain_gets_a_status_line_every_five_seconds) {
  Terminal terminal(file_, StreamKind::plain, clock_);
  terminal.line("plan");
  terminal.status("1/9");
  clock_.advance(std::chrono::seconds(4));
  terminal.status("2/9");
  clock_.advance(std::chrono::seconds(1));
  terminal.status("3/9");
  clock_.advance(std::chrono::seconds(9));
  terminal.status("3/9");
  terminal.line("done");
  EXPECT_EQ(written(), "plan\n1/9\n3/9\ndone\n");
}

TEST_F(Stream, that_is_a_terminal_rewrites_its_status_line) {
  Terminal terminal(file_, StreamKind::terminal, clock_);
  terminal.status("1/9");
  terminal.status("2/9");
  terminal.line("done");
  EXPECT_EQ(written(), "\r1/9\x1b[K\r2/9\x1b[K\r\x1b[Kdone\n");
}

TEST_F(Stream, that_is_a_terminal_never_wraps_its_status_line) {
  Terminal terminal(file_, StreamKind::terminal, clock_);
  terminal.status(std::string(500, 'x'));
  EXPECT_EQ(written(), "\r" + std::string(79, 'x') + "\x1b[K");
}

TEST(FormatBytes, counts_in_thousands) {
  EXPECT_EQ(format_bytes(0), "0 bytes");
  EXPECT_EQ(format_bytes(999), "999 bytes");
  EXPECT_EQ(format_bytes(1234), "1.2 KB");
  EXPECT_EQ(format_bytes(999'999), "1.0 MB");
  EXPECT_EQ(format_bytes(5'400'000'000), "5.4 GB");
}

TEST(FormatSpan, has_minutes_and_seconds_then_hours_then_days) {
  EXPECT_EQ(format_span(std::chrono::seconds(9)), "0:09");
  EXPECT_EQ(format_span(std::chrono::seconds(754)), "12:34");
  EXPECT_EQ(format_span(std::chrono::seconds(3723)), "1:02:03");
  EXPECT_EQ(format_span(std::chrono::hours(72)), "3 days");
}

TEST(Printable, takes_the_sting_out_of_control_characters) {
  EXPECT_EQ(printable("a\x1b[31mb\x7f\r\tc\né"), "a?[31mb??\tc\né");
  EXPECT_EQ(printable_line("a\x1b\tb\n"), "a??b?");
}

}  // namespace
}  // namespace dms::cli

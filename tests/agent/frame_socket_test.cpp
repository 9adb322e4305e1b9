#include "agent/frame_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

class FrameSocketTest : public testing::Test {
 protected:
  FrameSocketTest() {
    SocketPair pair = make_socket_pair().value();
    other_ = std::move(pair.ours);
    socket_ = FrameSocket(std::move(pair.theirs));
  }
  void arrive(std::string_view bytes) {
    ASSERT_EQ(::write(other_.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string next() { return std::string(socket_.next().value_or("(none)")); }

  UniqueFd other_;
  FrameSocket socket_;
};

TEST_F(FrameSocketTest, gives_whole_frames_however_they_arrive) {
  arrive("{\"a\":1}\n{\"b\"");
  EXPECT_TRUE(socket_.receive());
  EXPECT_EQ(next(), "{\"a\":1}");
  EXPECT_EQ(next(), "(none)");
  arrive(":");
  EXPECT_TRUE(socket_.receive());
  EXPECT_EQ(next(), "(none)");
  arrive("2}\n\n");
  EXPECT_TRUE(socket_.receive());
  EXPECT_EQ(next(), "{\"b\":2}");
  EXPECT_EQ(next(), "");
  EXPECT_EQ(next(), "(none)");
}

TEST_F(FrameSocketTest, gives_what_was_sent_before_the_other_side_closed) {
  arrive("last\nhalf");
  other_.reset();
  Status received = ok();
  while (received) received = socket_.receive();
  EXPECT_EQ(received.error().code, Code::unavailable);
  EXPECT_EQ(next(), "last");
  EXPECT_EQ(next(), "(none)");
}

TEST_F(FrameSocketTest, keeps_what_the_other_side_does_not_take_yet) {
  const std::string frame(std::size_t{4} << 20, 'x');
  socket_.queue(frame);
  EXPECT_TRUE(socket_.flush());
  EXPECT_TRUE(socket_.has_unsent());
  FrameSocket other(std::move(other_));
  while (socket_.has_unsent()) {
    ASSERT_TRUE(other.receive());
    ASSERT_TRUE(socket_.flush());
  }
  ASSERT_TRUE(other.receive());
  EXPECT_EQ(other.next(), frame);
}

TEST_F(FrameSocketTest, tells_a_closed_other_side_without_a_signal) {
  other_.reset();
  socket_.queue("frame");
  EXPECT_EQ(socket_.flush().error().code, Code::unavailable);
}

TEST(ConnectUnix, reaches_a_path_that_is_longer_than_an_address) {
  const TempDirectory temp;
  const std::string directory = temp / std::string(120, 'd');
  std::filesystem::create_directory(directory);
  const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, (temp / "s").c_str());
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  std::filesystem::rename(temp / "s", directory + "/s");
  EXPECT_TRUE(connect_unix(directory + "/s"));
}

TEST(ConnectUnix, tells_why_nobody_answers) {
  const TempDirectory temp;
  EXPECT_EQ(connect_unix(temp / "none").error().code, Code::not_found);
  EXPECT_EQ(connect_unix(temp / std::string(300, 'x')).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dms::agent

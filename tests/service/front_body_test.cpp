// HttpFront: the bodies of requests.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <future>

#include "tests/service/front_client.h"

namespace dms::service {
namespace {

using namespace std::chrono_literals;

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t growth_allowed = 40 << 20;  // memory about memory counts too
#else
constexpr std::uint64_t growth_allowed = 4 << 20;
#endif

// What happened to an Upload.
struct UploadLog {
  std::uint64_t bytes = 0;
  std::vector<std::size_t> pieces;
  std::uint64_t sum = 0;
  std::uint64_t most_resident = 0;
  std::promise<void> begun;
  std::promise<void> destroyed;
};

class RecordingUpload final : public Upload {
 public:
  explicit RecordingUpload(UploadLog& log, Status result = ok())
      : log_(log), result_(std::move(result)) {}
  ~RecordingUpload() override { log_.destroyed.set_value(); }

  Status write(std::span<const char> bytes) override {
    if (log_.pieces.empty()) log_.begun.set_value();
    log_.pieces.push_back(bytes.size());
    for (const char c : bytes) log_.sum += static_cast<unsigned char>(c);
    log_.bytes += bytes.size();
    log_.most_resident = std::max(log_.most_resident, resident_bytes());
    return result_;
  }

 private:
  UploadLog& log_;
  Status result_;
};

class FrontBodyTest : public FrontTest {
 protected:
  // Bodies go to `log_`; handle() answers 201.
  void take_uploads(Status result = ok()) {
    handler_.on_plan = [this, result](const Request&) {
      BodyPlan plan;
      plan.upload = std::make_unique<RecordingUpload>(log_, result);
      return plan;
    };
    handler_.on_handle = [this](const Request&, std::unique_ptr<Upload> upload) -> Answer {
      handled_ = true;
      return {.status = upload ? 201 : 500};
    };
  }
  void refuse_all() {
    handler_.on_plan = [](const Request&) {
      BodyPlan plan;
      plan.refusal = std::make_unique<Answer>(Answer{.status = 403, .body = "no"});
      return plan;
    };
  }
  static bool happens(std::promise<void>& promise) {
    return promise.get_future().wait_for(10s) == std::future_status::ready;
  }

  UploadLog log_;
  std::atomic<bool> handled_ = false;
};

TEST_F(FrontBodyTest, a_chunked_body_is_joined) {
  RawClient client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n");
  client.send("00A;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /a abc0123456789");
  EXPECT_EQ(client.get("/next").body, "GET /next ");
}

TEST_F(FrontBodyTest, a_malformed_chunk_is_refused) {
  RawClient client(serve());
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontBodyTest, a_body_up_to_the_limit_is_kept_and_one_byte_more_is_too_large) {
  RawClient client(serve());
  const std::string most(1024, 'm');
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1024\r\n\r\n" + most);
  EXPECT_EQ(client.receive().body, "PUT / " + most);
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n" + most + "m");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 413);
  EXPECT_EQ(got.headers.get("x-ms-error-code"), "RequestBodyTooLarge");
  EXPECT_EQ(client.get("/next").body, "GET /next ");  // so little is read away
}

TEST_F(FrontBodyTest, a_chunked_body_over_the_limit_is_too_large) {
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n401\r\n" +
              std::string(1025, 'c') + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

TEST_F(FrontBodyTest, a_client_that_goes_on_sending_still_reads_the_refusal) {
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\n\r\n");
  ASSERT_TRUE(client.send(std::string(8 << 20, 'x')));
  const auto got = client.receive();
  EXPECT_EQ(got.status, 413);
  EXPECT_EQ(got.headers.get("Connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontBodyTest, a_client_that_never_stops_sending_is_cut_off) {
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1099511627776\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  int sent = 0;
  while (sent < 1024 && client.send(piece)) ++sent;
  EXPECT_LT(sent, 64);
}

TEST_F(FrontBodyTest, a_large_upload_passes_in_pieces_and_memory_stays_flat) {
  take_uploads();
  RawClient client(serve());
  constexpr std::uint64_t total = 64 << 20;
  const std::string piece(64 << 10, '\x03');
  const std::uint64_t before = resident_bytes();
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(total) +
              "\r\n\r\n");
  for (std::uint64_t sent = 0; sent < total; sent += piece.size()) ASSERT_TRUE(client.send(piece));
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(log_.bytes, total);
  EXPECT_EQ(log_.sum, 3 * total);
  EXPECT_LT(log_.most_resident, before + growth_allowed);
  log_.pieces.pop_back();
  EXPECT_GE(*std::min_element(log_.pieces.begin(), log_.pieces.end()), 256u << 10);
}

TEST_F(FrontBodyTest, a_chunked_upload_passes_in_pieces) {
  take_uploads();
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "2710\r\n" + std::string(10'000, '\x01') + "\r\n";
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(client.send(chunk));
  client.send("0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(log_.sum, 3'000'000u);
  EXPECT_EQ(log_.pieces.size(), 12u);
}

TEST_F(FrontBodyTest, an_upload_of_nothing_is_handled) {
  take_uploads();
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(log_.bytes, 0u);
}

TEST_F(FrontBodyTest, a_client_that_goes_away_destroys_the_upload_unhandled) {
  take_uploads();
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n" +
              std::string(2'000'000, 'x'));
  ASSERT_TRUE(happens(log_.begun));
  client.close();
  EXPECT_TRUE(happens(log_.destroyed));
  front_->stop();
  EXPECT_FALSE(handled_);
}

TEST_F(FrontBodyTest, a_client_that_stalls_is_cut_and_its_upload_destroyed) {
  take_uploads();
  RawClient client(serve({.stall_timeout = 20ms}));
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
  EXPECT_TRUE(client.ends());
  EXPECT_TRUE(happens(log_.destroyed));
  EXPECT_FALSE(handled_);
}

TEST_F(FrontBodyTest, stopping_cuts_a_body_that_is_still_coming) {
  take_uploads();
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 4000000\r\n\r\n" +
              std::string(2'000'000, 'x'));
  ASSERT_TRUE(happens(log_.begun));
  front_->stop();
  EXPECT_TRUE(happens(log_.destroyed));
  EXPECT_FALSE(handled_);
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontBodyTest, an_upload_that_cannot_be_written_is_answered_and_destroyed) {
  take_uploads(fail(Code::exhausted, "disk full"));
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(1'000'000, 'x'));
  EXPECT_EQ(client.receive().status, 507);
  EXPECT_TRUE(happens(log_.destroyed));
  EXPECT_FALSE(handled_);
}

TEST_F(FrontBodyTest, a_refusal_is_sent_without_the_body) {
  refuse_all();
  RawClient client(serve());
  client.send("PUT /blob HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.body, "no");
  EXPECT_EQ(got.headers.get("Connection"), "close");
}

TEST_F(FrontBodyTest, a_refused_small_body_leaves_the_connection_usable) {
  refuse_all();
  RawClient client(serve());
  client.send("PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(client.receive().status, 403);
  client.send(std::string(1000, 'x') + "PUT /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive().status, 403);
}

TEST_F(FrontBodyTest, the_body_is_asked_for_once_the_plan_took_it) {
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("abc");
  EXPECT_EQ(client.receive().body, "PUT / abc");
}

TEST_F(FrontBodyTest, a_refused_body_is_not_asked_for) {
  refuse_all();
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.headers.get("Connection"), "close");
}

TEST_F(FrontBodyTest, a_body_that_is_too_large_is_not_asked_for) {
  RawClient client(serve());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
}

}  // namespace
}  // namespace dms::service

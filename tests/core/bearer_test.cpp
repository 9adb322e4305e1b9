#include "core/auth/bearer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "core/retry.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_tokens.h"
#include "tests/support/scripted_transport.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string batch_resource = "https://batch.core.windows.net/";
const std::string address = "https://b.example/pools";

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::uint64_t size() const override { return text_.size(); }
  Status rewind() override {
    at_ = 0;
    return ok();
  }
  Result<std::size_t> read(std::span<char> buffer) override {
    const std::size_t count = text_.copy(buffer.data(), buffer.size(), at_);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class BearerTest : public testing::Test {
 protected:
  static Request to(const std::string& url) { return {.url = *Url::parse(url)}; }

  std::string authorization(std::size_t request) {
    return std::string(network.requests().at(request).headers.get("Authorization"));
  }

  std::string refusal(const std::string& origin, const std::string& url) {
    Bearer other(network, tokens, batch_resource, *Url::parse(origin));
    const auto answer = other.send(to(url));
    if (answer) return "sent";
    EXPECT_EQ(answer.error().code, Code::invalid_argument);
    return answer.error().message;
  }

  FakeClock clock;
  ScriptedTokens source{clock};
  CachedTokens tokens{source, clock};
  ScriptedTransport network;
  Bearer bearer{network, tokens, batch_resource, *Url::parse("https://b.example")};
};

TEST_F(BearerTest, sends_the_token_of_its_resource) {
  source.expect("tok-1", 1h);
  network.expect("GET", address, Response{.status = 200});
  network.expect("GET", address, Response{.status = 404});
  EXPECT_EQ(bearer.send(to(address)).value().status, 200);
  EXPECT_EQ(bearer.send(to(address)).value().status, 404);
  EXPECT_EQ(authorization(0), "Bearer tok-1");
  EXPECT_EQ(authorization(1), "Bearer tok-1");
  EXPECT_EQ(source.resources(), std::vector{batch_resource});
}

TEST_F(BearerTest, takes_a_fresh_token_once_after_a_401_and_sends_the_whole_body_again) {
  source.expect("tok-1", 1h);
  source.expect("tok-2", 1h);
  network.expect("PUT", address, Response{.status = 401});
  network.expect("PUT", address, Response{.status = 201});
  TextSource body("the body");
  Request request = to(address);
  request.method = "PUT";
  request.source = &body;
  EXPECT_EQ(bearer.send(request).value().status, 201);
  EXPECT_EQ(authorization(1), "Bearer tok-2");
  EXPECT_EQ(network.requests()[1].body, "the body");
}

TEST_F(BearerTest, gives_a_second_401_back) {
  source.expect("tok-1", 1h);
  source.expect("tok-2", 1h);
  network.expect("GET", address, Response{.status = 401});
  network.expect("GET", address, Response{.status = 401, .body = "why"});
  EXPECT_EQ(bearer.send(to(address)).value().body, "why");
}

TEST_F(BearerTest, does_not_send_a_refused_token_again) {
  source.expect("tok-1", 1h);
  source.expect("tok-1", 1h);  // as IMDS does, which has a cache of its own
  network.expect("GET", address, Response{.status = 401, .body = "why"});
  EXPECT_EQ(bearer.send(to(address)).value().body, "why");
}

TEST_F(BearerTest, sends_nothing_without_a_token) {
  source.expect(fail(Code::permission, "not logged in"));
  EXPECT_EQ(bearer.send(to(address)).error().message, "not logged in");
}

TEST_F(BearerTest, refuses_plain_http_except_to_this_machine) {
  EXPECT_THAT(refusal("http://b.example", "http://b.example/pools"),
              AllOf(HasSubstr("http://b.example"), HasSubstr("plain http"), HasSubstr("https")));
  EXPECT_THAT(refusal("http://127.evil.example", "http://127.evil.example/"), HasSubstr("https"));
  EXPECT_THAT(refusal("http://localhost.evil", "http://localhost.evil/"), HasSubstr("https"));
  source.expect("tok-1", 1h);
  for (const std::string near : {"http://127.0.0.1:7", "http://localhost:7", "http://[::1]:7"}) {
    network.expect("GET", near + "/x", Response{.status = 200});
    EXPECT_EQ(refusal(near, near + "/x"), "sent");
  }
}

TEST_F(BearerTest, refuses_to_follow_a_link_to_another_service) {
  EXPECT_EQ(refusal("https://b.example", "https://evil.example/pools?page=2"),
            "a token for https://b.example is not sent to https://evil.example");
  EXPECT_THAT(refusal("https://b.example", "https://b.example:8443/"), HasSubstr("not sent"));
}

TEST_F(BearerTest, below_retrying_a_passing_failure_of_the_source_is_tried_again) {
  source.expect(fail(Code::unavailable, "busy"));
  source.expect("tok-1", 1h);
  network.expect("POST", address, Response{.status = 202});
  Retrying retrying(bearer, clock);
  Request request = to(address);
  request.method = "POST";
  request.idempotency = Idempotency::not_idempotent;  // nothing was sent
  EXPECT_EQ(retrying.send(request).value().status, 202);
  EXPECT_EQ(clock.sleeps().size(), 1u);
}

}  // namespace
}  // namespace dms

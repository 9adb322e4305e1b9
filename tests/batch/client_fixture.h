// An AzureBatch whose requests follow a script and whose time is a fake.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "batch/azure_batch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms::batch {

class ClientTest : public testing::Test {
 protected:
  // The URL that a request for `path` bears; `more` is the query after the version.
  static std::string url(std::string_view path, std::string_view more = {}) {
    std::string text = "https://b.example";
    text.append(path).append("?api-version=2024-07-01.20.0");
    if (!more.empty()) text.append("&").append(more);
    return text;
  }

  static Response answer(int status, std::string body = {}) {
    return {.status = status,
            .headers = {{"Content-Type", "application/json; odata=minimalmetadata"},
                        {"request-id", "r-1"}},
            .body = std::move(body)};
  }

  static Response refusal(int status, std::string_view code, std::string_view message = "No.") {
    return answer(status, R"({"odata.metadata":"m","code":")" + std::string(code) +
                              R"(","message":{"lang":"en-US","value":")" + std::string(message) +
                              R"(\nRequestId:r-1\nTime:2026-11-20T19:53:16Z"}})");
  }

  const ScriptedTransport::Seen& last_request() {
    seen_ = transport.requests();
    return seen_.back();
  }

  ScriptedTransport transport;
  FakeClock clock;
  AzureBatch batch{*Url::parse("https://b.example"), transport, clock};

 private:
  std::vector<ScriptedTransport::Seen> seen_;
};

}  // namespace dms::batch

// AzureBlob against a script, in tests: a client with a key, and answers for it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "blob/azure_blob.h"
#include "blob/xml.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms::blob {

inline const std::string host = "http://127.0.0.1:10000/acct";
inline constexpr std::string_view key_text = "c2VjcmV0LWtleQ==";

inline BlobAccount account_with_key() {
  return {.endpoint = Url::parse(host).value(), .key = SharedKey::parse("acct", key_text).value()};
}

inline Headers written_headers() {
  return {{"ETag", "\"0x8DC\""}, {"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}};
}

inline Response created() { return {.status = 201, .headers = written_headers()}; }

inline Response refused(int status, std::string code) {
  return {.status = status,
          .headers = {{"x-ms-error-code", code}, {"x-ms-request-id", "req-1"}},
          .body = write_error_body({code, "Not so.\nRequestId:req-1\nTime:now", {}})};
}

class AzureBlobTest : public testing::Test {
 protected:
  ScriptedTransport transport;
  FakeClock clock;
  AzureBlob blob{account_with_key(), transport, clock};

  ScriptedTransport::Seen last() { return transport.requests().back(); }
};

}  // namespace dms::blob

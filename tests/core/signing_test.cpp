#include "core/signing.h"

#include <gtest/gtest.h>

#include "core/crypto.h"
#include "core/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms {
namespace {

using namespace std::chrono_literals;

const std::string batch_date = "Fri, 20 Nov 2026 19:53:16 GMT";
const std::string blob_date = "Fri, 20 Nov 2026 19:52:34 GMT";
// The well-known key of the storage emulators.
constexpr std::string_view emulator_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

SharedKey signing_key() {
  return SharedKey::parse("acct", base64_encode(std::string(64, '\x07'))).value();
}
SharedKey blob_key() { return SharedKey::parse("devstoreaccount1", emulator_key).value(); }
Timestamp moment(std::string_view text) { return Timestamp::parse(text).value(); }

Request request(std::string method, std::string_view url, Headers headers, std::string body = "") {
  return {.method = std::move(method),
          .url = Url::parse(url).value(),
          .headers = std::move(headers),
          .body = std::move(body)};
}

std::string batch_signature(const Request& r) {
  return signature(signing_key(), batch_string_to_sign(r, "acct"));
}
std::string blob_signature(const Request& r) {
  return signature(blob_key(), blob_string_to_sign(r, "devstoreaccount1"));
}

// The five signatures below were made by Microsoft's JavaScript client.

TEST(BatchSigning, signs_a_list_with_its_query_as_microsofts_client_does) {
  const Request r =
      request("GET",
              "http://h/pools?api-version=2022-10-01.16.0&$filter=state%20eq%20%27active%27&"
              "$select=id%2Cstate&maxresults=10",
              {{"Content-Type", "application/json; charset=utf-8"}, {"ocp-date", batch_date}});
  EXPECT_EQ(batch_string_to_sign(r, "acct"),
            "GET\n\n\n\n\napplication/json; charset=utf-8\n\n\n\n\n\n\nocp-date:" + batch_date +
                "\n/acct/pools\n$filter:state eq 'active'\n$select:id,state\n"
                "api-version:2022-10-01.16.0\nmaxresults:10");
  EXPECT_EQ(batch_signature(r), "MMKrKMXb6zVRIqVTTCLQyE8IsC4oyGOnKkd4f8VVXPI=");
}

TEST(BatchSigning, signs_the_length_of_a_body) {
  const Request r =
      request("POST", "http://h/jobs?api-version=2022-10-01.16.0",
              {{"Content-Type", "application/json; odata=minimalmetadata; charset=utf-8"},
               {"ocp-date", batch_date}},
              std::string(36, 'x'));
  EXPECT_EQ(batch_signature(r), "neMsAW0N44v28jgVNsUgNJPTCkeFgzhDf2YKg3avugE=");
}

TEST(BatchSigning, signs_the_ocp_headers_and_the_path_as_on_the_wire) {
  const Request r =
      request("GET", "http://h/jobs/j/tasks/t/files/wd%2Fa%20b.txt?api-version=2022-10-01.16.0",
              {{"ocp-range", "bytes=0-3"},
               {"Content-Type", "application/json; charset=utf-8"},
               {"client-request-id", "not signed"},
               {"Ocp-Date", batch_date}});
  EXPECT_EQ(batch_signature(r), "ENzUb1oRpxDQgrNs7HyNp3zU7VPY31qQsPb/KofBWJ4=");
}

TEST(BatchSigning, signs_a_post_without_a_body_with_length_0) {
  const Request r =
      request("POST", "http://h/jobs/j/terminate?api-version=2022-10-01.16.0",
              {{"Content-Type", "application/json; odata=minimalmetadata; charset=utf-8"},
               {"ocp-date", batch_date}});
  EXPECT_EQ(batch_signature(r), "2bz6YaecmIwHdFb6hnJgDwGUWbO2eJ8Vd75iYut2o+Y=");
}

TEST(BatchSigning, signs_conditions) {
  const Request r = request("DELETE", "http://h/jobs/j?api-version=2022-10-01.16.0",
                            {{"Content-Type", "application/json; charset=utf-8"},
                             {"If-Match", "0x1"},
                             {"ocp-date", batch_date}});
  EXPECT_EQ(batch_signature(r), "4LcXDQGSH/2SbdZAQC75+scJUNbgLx4L1PZz8cNb79k=");
}

// The two signatures below were accepted by a storage emulator.

TEST(BlobSigning, signs_a_put_with_its_path_that_repeats_the_account) {
  const Request r = request("PUT", "http://h/devstoreaccount1/cont1/dir/a%20b.txt",
                            {{"x-ms-version", "2021-12-02"},
                             {"x-ms-blob-type", "BlockBlob"},
                             {"x-ms-date", blob_date},
                             {"Content-Type", "text/plain"}},
                            "hello world");
  EXPECT_EQ(blob_signature(r), "UK5f2lCQyabwEbCql0csWvvJIpRmvKf8OTd/HTUeYU0=");
}

TEST(BlobSigning, signs_an_empty_body_as_no_length) {
  const Request r = request("PUT", "http://h/devstoreaccount1/cont1?restype=container",
                            {{"x-ms-date", blob_date}, {"x-ms-version", "2021-12-02"}});
  EXPECT_EQ(blob_signature(r), "9YDmrL/n/YZF9rVuudUOwdmR/ZQtyFKfJVxvC8PK5s4=");
}

TEST(BlobSigning, lowers_and_joins_query_parameters) {
  const Request r = request("GET", "http://h/c?Include=metadata&include=copy&comp=list", {});
  EXPECT_TRUE(blob_string_to_sign(r, "a").ends_with("/a/c\ncomp:list\ninclude:copy,metadata"));
}

TEST(Signing, takes_the_length_from_a_source) {
  StringSource source("hello");
  Request r = request("PUT", "http://h/x", {});
  r.source = &source;
  EXPECT_TRUE(blob_string_to_sign(r, "a").starts_with("PUT\n\n\n5\n"));
}

TEST(SharedKey, is_refused_without_showing_the_key) {
  const auto key = SharedKey::parse("acct", "c2VjcmV0?");
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().message.find("c2VjcmV0"), std::string::npos);
  EXPECT_NE(key.error().message.find("acct"), std::string::npos);
  EXPECT_FALSE(SharedKey::parse("", emulator_key));
  EXPECT_FALSE(SharedKey::parse("acct", ""));
  EXPECT_TRUE(SharedKey::parse("acct", std::string(emulator_key) + "\n"));
}

class SignedTest : public testing::Test {
 protected:
  ScriptedTransport next;
  FakeClock clock;
};

TEST_F(SignedTest, sends_batch_requests_that_the_service_accepts) {
  Signed transport(next, signing_key(), Protocol::batch, clock);
  next.expect("POST", "http://h/jobs?api-version=1", {.status = 201});
  EXPECT_EQ(transport.send(request("POST", "http://h/jobs?api-version=1", {}, "{}"))->status, 201);
  const auto seen = next.requests().at(0);
  EXPECT_EQ(seen.headers.get("ocp-date"), batch_date);
  Request received = request("POST", "http://h/jobs?api-version=1", seen.headers, "{}");
  received.headers.set("Content-Length", "2");
  EXPECT_TRUE(verify_batch_signature(received, signing_key(), clock.now()));
}

TEST_F(SignedTest, sends_blob_requests_that_the_service_accepts) {
  Signed transport(next, blob_key(), Protocol::blob, clock);
  next.expect("PUT", "http://h/c/b", {.status = 201});
  next.expect("GET", "http://h/c/b", {.status = 200});
  EXPECT_TRUE(transport.send(request("PUT", "http://h/c/b", {}, "body")));
  EXPECT_TRUE(transport.send(request("GET", "http://h/c/b", {{"x-ms-version", "2020-02-10"}})));
  const auto seen = next.requests();
  EXPECT_EQ(seen[0].headers.get("x-ms-version"), default_blob_version);
  EXPECT_EQ(seen[1].headers.get("x-ms-version"), "2020-02-10");
  Request received = request("PUT", "http://h/c/b", seen[0].headers);
  received.headers.set("Content-Length", "4");
  EXPECT_TRUE(verify_blob_signature(received, blob_key(), clock.now()));
}

TEST_F(SignedTest, signs_each_try_with_a_date_of_its_own) {
  Signed transport(next, signing_key(), Protocol::batch, clock);
  next.expect("GET", "http://h/jobs", {.status = 200});
  next.expect("GET", "http://h/jobs", {.status = 200});
  EXPECT_TRUE(transport.send(request("GET", "http://h/jobs", {})));
  clock.advance(1h);
  EXPECT_TRUE(transport.send(request("GET", "http://h/jobs", {})));
  const auto seen = next.requests();
  EXPECT_NE(seen[0].headers.get("ocp-date"), seen[1].headers.get("ocp-date"));
  EXPECT_NE(seen[0].headers.get("Authorization"), seen[1].headers.get("Authorization"));
}

// A request as received, whose signature is over `text`.
Request received(Request r, const SharedKey& key, const std::string& text) {
  r.headers.set("Authorization", "SharedKey " + key.account + ":" + signature(key, text));
  return r;
}

Request received_batch(const std::string& head, const std::string& resource, std::string_view url,
                       Headers headers) {
  headers.set("ocp-date", batch_date);
  return received(request(head.substr(0, head.find('\n')), url, std::move(headers)), signing_key(),
                  head + "ocp-date:" + batch_date + "\n" + resource);
}

Status check_batch(const Request& r) {
  return verify_batch_signature(r, signing_key(), moment(batch_date));
}
Status check_blob(const Request& r) {
  return verify_blob_signature(r, blob_key(), moment(blob_date));
}

TEST(VerifyBatch, accepts_a_length_as_sent_empty_or_0) {
  EXPECT_TRUE(check_batch(received_batch("POST\n\n\n36\n\n\n\n\n\n\n\n\n", "/acct/jobs",
                                         "http://h/jobs", {{"Content-Length", "36"}})));
  EXPECT_TRUE(check_batch(received_batch("DELETE\n\n\n\n\n\n\n\n\n\n\n\n", "/acct/jobs/j",
                                         "http://h/jobs/j", {{"Content-Length", "0"}})));
  EXPECT_TRUE(check_batch(
      received_batch("DELETE\n\n\n0\n\n\n\n\n\n\n\n\n", "/acct/jobs/j", "http://h/jobs/j", {})));
}

TEST(VerifyBatch, accepts_query_names_as_sent_and_in_lower_case) {
  for (const std::string name : {"timeOut", "timeout"})
    EXPECT_TRUE(check_batch(received_batch("GET\n\n\n\n\n\n\n\n\n\n\n\n",
                                           "/acct/jobs\napi-version:1\n" + name + ":30",
                                           "http://h/jobs?timeOut=30&api-version=1", {})));
}

TEST(VerifyBatch, accepts_plus_as_a_blank_and_empty_parameters_left_out) {
  EXPECT_TRUE(
      check_batch(received_batch("GET\n\n\n\n\n\n\n\n\n\n\n\n", "/acct/jobs\n$filter:a eq b",
                                 "http://h/jobs?$filter=a+eq+b&x=", {})));
}

TEST(VerifyBatch, refuses_a_request_that_differs_from_what_was_signed) {
  const Request good =
      received_batch("GET\n\n\n\n\n\n\n\n\n\n\n\n", "/acct/jobs/j?", "http://h/jobs/j", {});
  const auto refusal = check_batch(good);
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().code, Code::permission);
  EXPECT_EQ(refusal.error().http_status, 403);
  EXPECT_EQ(refusal.error().service_code, "AuthenticationFailed");
  EXPECT_NE(refusal.error().message.find("GET\n\n\n"), std::string::npos);
}

TEST(VerifyBatch, refuses_another_key_and_another_account) {
  const Request r =
      received_batch("GET\n\n\n\n\n\n\n\n\n\n\n\n", "/acct/jobs", "http://h/jobs", {});
  ASSERT_TRUE(check_batch(r));
  SharedKey other = signing_key();
  other.key[0] ^= 1;
  EXPECT_EQ(verify_batch_signature(r, other, moment(batch_date)).error().http_status, 403);
  other = signing_key();
  other.account = "acct2";
  EXPECT_EQ(verify_batch_signature(r, other, moment(batch_date)).error().http_status, 403);
}

TEST(VerifyBatch, wants_a_date_within_15_minutes) {
  Request r = received_batch("GET\n\n\n\n\n\n\n\n\n\n\n\n", "/acct/jobs", "http://h/jobs", {});
  const auto at = [&](std::chrono::seconds shift) {
    return verify_batch_signature(r, signing_key(), {moment(batch_date).at + shift});
  };
  EXPECT_TRUE(at(15min));
  EXPECT_TRUE(at(-15min));
  EXPECT_EQ(at(15min + 1s).error().service_code, "AuthenticationFailed");
  EXPECT_EQ(at(-15min - 1s).error().service_code, "AuthenticationFailed");
  r.headers.set("ocp-date", "some day");
  EXPECT_EQ(at(0s).error().http_status, 403);
  r.headers.erase("ocp-date");
  EXPECT_EQ(at(0s).error().http_status, 403);
}

TEST(VerifyBatch, accepts_the_plain_date_header_when_it_is_signed) {
  Request r = request("GET", "http://h/jobs", {{"Date", batch_date}});
  EXPECT_TRUE(check_batch(
      received(r, signing_key(), "GET\n\n\n\n\n\n" + batch_date + "\n\n\n\n\n\n/acct/jobs")));
}

TEST(VerifyBatch, tells_a_malformed_header_from_a_missing_one) {
  Request r = request("GET", "http://h/jobs", {{"ocp-date", batch_date}});
  EXPECT_EQ(check_batch(r).error().http_status, 403);
  for (const std::string header :
       {"SharedKey", "SharedKey acct", "SharedKey acct:", "Basic acct:x", "Bearer x", ""}) {
    r.headers.set("Authorization", header);
    const auto refusal = check_batch(r);
    ASSERT_FALSE(refusal) << header;
    EXPECT_EQ(refusal.error().code, Code::invalid_argument) << header;
    EXPECT_EQ(refusal.error().http_status, 400);
    EXPECT_EQ(refusal.error().service_code, "InvalidAuthenticationInfo");
  }
}

Request received_blob(const std::string& headers_and_resource, std::string_view url,
                      Headers headers) {
  headers.set("x-ms-date", blob_date);
  return received(request("GET", url, std::move(headers)), blob_key(),
                  "GET\n\n\n\n\n\n\n\n\n\n\n\n" + headers_and_resource);
}

TEST(VerifyBlob, accepts_an_empty_body_with_a_length_of_0_on_the_wire) {
  EXPECT_TRUE(check_blob(received_blob("x-ms-date:" + blob_date + "\n/devstoreaccount1/c",
                                       "http://h/c", {{"Content-Length", "0"}})));
}

TEST(VerifyBlob, accepts_plus_as_itself_and_as_a_blank) {
  for (const std::string value : {"a+b", "a b"})
    EXPECT_TRUE(check_blob(
        received_blob("x-ms-date:" + blob_date + "\n/devstoreaccount1/c\nprefix:" + value,
                      "http://h/c?prefix=a+b", {})));
}

TEST(VerifyBlob, accepts_parameters_with_two_equals_signs_left_out) {
  for (const std::string query : {"\ncomp:list", "\ncomp:list\nprefix:a=b"})
    EXPECT_TRUE(check_blob(received_blob("x-ms-date:" + blob_date + "\n/devstoreaccount1/c" + query,
                                         "http://h/c?comp=list&prefix=a=b", {})));
}

TEST(VerifyBlob, accepts_headers_sorted_without_their_hyphens) {
  const std::string a = "x-ms-meta-a-c:1\n", b = "x-ms-meta-ab:2\n";
  for (const std::string& lines : {a + b, b + a}) {
    EXPECT_TRUE(
        check_blob(received_blob("x-ms-date:" + blob_date + "\n" + lines + "/devstoreaccount1/c",
                                 "http://h/c", {{"x-ms-meta-ab", "2"}, {"x-ms-meta-a-c", "1"}})));
  }
}

TEST(VerifyBlob, refuses_an_unsigned_header_and_a_changed_path) {
  Request r =
      received_blob("x-ms-date:" + blob_date + "\n/devstoreaccount1/c/b", "http://h/c/b", {});
  ASSERT_TRUE(check_blob(r));
  Request more = r;
  more.headers.set("x-ms-copy-source", "http://elsewhere");
  EXPECT_EQ(check_blob(more).error().service_code, "AuthenticationFailed");
  r.url.path = "/c/other";
  EXPECT_EQ(check_blob(r).error().code, Code::permission);
}

}  // namespace
}  // namespace dms

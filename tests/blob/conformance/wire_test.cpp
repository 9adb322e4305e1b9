// What AzureBlob has no methods for, and other clients of the same services use: leases, conditions
// on every operation, account SAS. One expectation for every service.
#include <gmock/gmock.h>

#include "blob/sas.h"
#include "blob/xml.h"
#include "core/signing.h"
#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

class WireConformance : public BlobConformance {
 protected:
  // Signed with the key; `target` begins with the container.
  Response send(const std::string& method, const std::string& target, const Headers& headers = {},
                const std::string& body = "") {
    Request request{.method = method,
                    .url = Url::parse(config.endpoint + "/" + target).value(),
                    .headers = headers,
                    .body = body};
    auto answer = signer.send(request);
    EXPECT_TRUE(answer) << (answer ? "" : answer.error().message);
    return answer ? *std::move(answer) : Response{};
  }
  std::string outcome(const Response& answer) {
    const auto code = answer.headers.find("x-ms-error-code");
    return std::to_string(answer.status) + (code ? " " + std::string(*code) : "");
  }
  std::string outcome(const std::string& method, const std::string& target,
                      const Headers& headers = {}, const std::string& body = "") {
    return outcome(send(method, target, headers, body));
  }
  std::string at(const std::string& name) const { return container + "/" + name; }

  const BlobConfig config = service_config();
  CurlTransport curl;
  Signed signer{curl, SharedKey::parse(config.account, config.key).value(), Protocol::blob,
                system_clock()};
};

TEST_F(WireConformance, a_lease_on_a_blob_guards_its_writes) {
  put("a", "first");
  const auto acquired = send("PUT", at("a?comp=lease"),
                             {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "-1"}});
  ASSERT_EQ(acquired.status, 201) << acquired.body;
  const std::string id(acquired.headers.get("x-ms-lease-id"));
  const Headers mine{{"x-ms-lease-id", id}};
  EXPECT_EQ(blob.upload_blob(container, "a", "second").error().service_code, "LeaseIdMissing");
  EXPECT_EQ(blob.delete_blob(container, "a").error().service_code, "LeaseIdMissing");
  EXPECT_EQ(get("a"), "first");
  Headers put_headers = mine;
  put_headers.set("x-ms-blob-type", "BlockBlob");
  EXPECT_EQ(outcome("PUT", at("a"), put_headers, "second"), "201");
  EXPECT_EQ(send("HEAD", at("a")).headers.get("x-ms-lease-state"), "leased");
  EXPECT_EQ(
      outcome("PUT", at("a?comp=lease"), {{"x-ms-lease-action", "release"}, {"x-ms-lease-id", id}}),
      "200");
  EXPECT_TRUE(blob.delete_blob(container, "a"));
}

TEST_F(WireConformance, a_lease_on_a_container_guards_its_deletion) {
  const std::string target = container + "?restype=container&comp=lease";
  const auto acquired =
      send("PUT", target, {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "15"}});
  ASSERT_EQ(acquired.status, 201) << acquired.body;
  const std::string id(acquired.headers.get("x-ms-lease-id"));
  EXPECT_EQ(blob.delete_container(container).error().service_code, "LeaseIdMissing");
  put("a", "blobs are not guarded");
  const auto changed = send("PUT", target,
                            {{"x-ms-lease-action", "change"},
                             {"x-ms-lease-id", id},
                             {"x-ms-proposed-lease-id", "11111111-2222-3333-4444-555555555555"}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(
      outcome("PUT", target, {{"x-ms-lease-action", "break"}, {"x-ms-lease-break-period", "0"}}),
      "202");
  EXPECT_EQ(send("HEAD", container + "?restype=container").headers.get("x-ms-lease-state"),
            "broken");
}

TEST_F(WireConformance, conditions_hold_on_every_operation) {
  const std::string past = "Mon, 01 Jan 2024 00:00:00 GMT";
  struct Row {
    const char* method;
    std::string query;
    Headers extra;
    std::string body;
    int refused_read;  // the status when a read finds nothing new; 0: a write, 412
  };
  const std::string list = "<BlockList></BlockList>";
  const std::vector<Row> rows = {
      {"GET", "", {}, "", 304},
      {"HEAD", "", {}, "", 304},
      {"PUT", "", {{"x-ms-blob-type", "BlockBlob"}}, "new", 0},
      {"PUT", "?comp=blocklist", {}, list, 0},
      {"PUT", "?comp=metadata", {{"x-ms-meta-a", "b"}}, "", 0},
      {"PUT", "?comp=properties", {{"x-ms-blob-content-type", "text/plain"}}, "", 0},
      {"PUT",
       "?comp=lease",
       {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", "15"}},
       "",
       0},
      {"DELETE", "", {}, "", 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.method) + row.query);
    put("a", "content");
    const std::string etag(send("HEAD", at("a")).headers.get("ETag"));
    const std::string modified(send("HEAD", at("a")).headers.get("Last-Modified"));
    const auto with = [&](const char* name, const std::string& value) {
      Headers headers = row.extra;
      headers.set(name, value);
      return send(row.method, at("a" + row.query), headers, row.body).status;
    };
    EXPECT_EQ(with("If-Match", "\"0x0\""), 412);
    EXPECT_EQ(with("If-Unmodified-Since", past), 412);
    const int nothing_new = row.refused_read != 0 ? row.refused_read : 412;
    EXPECT_EQ(with("If-None-Match", etag), nothing_new);
    EXPECT_EQ(with("If-Modified-Since", modified), nothing_new);
    EXPECT_EQ(get("a"), "content");
    EXPECT_EQ(with("If-Match", etag) / 100, 2);
    if (row.query == "?comp=lease") {
      EXPECT_EQ(outcome("PUT", at("a?comp=lease"),
                        {{"x-ms-lease-action", "break"}, {"x-ms-lease-break-period", "0"}}),
                "202");
    }
  }
}

TEST_F(WireConformance, blocks_are_uncommitted_until_a_list_names_them) {
  const auto id = [](int number) { return base64_encode("block-" + std::to_string(number)); };
  ASSERT_TRUE(blob.put_block(container, "a", id(1), "one"));
  ASSERT_TRUE(blob.put_block(container, "a", id(2), "two"));
  auto list = blob.get_block_list(container, "a").value();
  EXPECT_EQ(list.committed.size(), 0u);
  EXPECT_EQ(list.uncommitted.size(), 2u);
  EXPECT_FALSE(blob.exists_blob(container, "a").value());
  ASSERT_TRUE(blob.put_block_list(container, "a", {{BlockSource::latest, id(1)}}));
  ASSERT_TRUE(blob.put_block(container, "a", id(1), "ONE"));
  list = blob.get_block_list(container, "a").value();
  EXPECT_EQ(list.committed, (std::vector<Block>{{id(1), 3}}));
  EXPECT_EQ(list.uncommitted, (std::vector<Block>{{id(1), 3}}));
  ASSERT_TRUE(blob.put_block_list(
      container, "a", {{BlockSource::committed, id(1)}, {BlockSource::uncommitted, id(1)}}));
  EXPECT_EQ(get("a"), "oneONE");
  const auto refused = blob.put_block_list(container, "a", {{BlockSource::uncommitted, id(2)}});
  EXPECT_EQ(refused.error().service_code, "InvalidBlockList");
}

TEST_F(WireConformance, an_account_sas_opens_what_it_names) {
  put("a", "content");
  const auto key = SharedKey::parse(config.account, config.key).value();
  const auto sas = [&](std::string_view types, const std::string& letters) {
    return make_account_sas(
        key, types,
        {.permissions = letters, .expiry = {system_clock().now().at + std::chrono::hours(1)}});
  };
  const auto objects = client_with_sas(sas("o", "r"));
  EXPECT_EQ(objects->read_blob(container, "a").value(), "content");
  EXPECT_EQ(objects->list_blobs_from_container(container).error().code, Code::permission);
  EXPECT_EQ(objects->upload_blob(container, "a", "x").error().code, Code::permission);
  const auto containers = client_with_sas(sas("c", "cdl"));
  const auto made = new_container_name();
  EXPECT_EQ(containers->create_container(made).value(), Creation::created);
  EXPECT_EQ(containers->list_blobs_from_container(made).value().blobs.size(), 0u);
  EXPECT_EQ(containers->read_blob(container, "a").error().code, Code::permission);
  EXPECT_TRUE(containers->delete_container(made));
}

TEST_F(WireConformance, a_sas_says_what_the_answer_says_of_itself) {
  put("a", "content");
  const auto url = blob.get_blob_sas_url(container, "a",
                                         {.permissions = "r",
                                          .answer = {.content_type = "text/csv",
                                                     .content_disposition = "attachment",
                                                     .cache_control = "no-store"}});
  const auto answer = curl.send({.url = Url::parse(*url).value()});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->headers.get("Content-Type"), "text/csv");
  EXPECT_EQ(answer->headers.get("Content-Disposition"), "attachment");
  EXPECT_EQ(answer->headers.get("Cache-Control"), "no-store");
}

TEST_F(WireConformance, a_sas_for_https_opens_nothing_over_http) {
  put("a", "content");
  const auto sas =
      blob.get_blob_sas_token(container, "a", {.permissions = "r", .protocols = "https"});
  EXPECT_EQ(client_with_sas(*sas)->read_blob(container, "a").error().service_code,
            "AuthorizationProtocolMismatch");
}

}  // namespace
}  // namespace dms::blob

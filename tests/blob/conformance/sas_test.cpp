#include <gmock/gmock.h>

#include "blob/sas.h"
#include "core/file.h"
#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

TEST_F(BlobConformance, a_container_sas_opens_what_it_grants) {
  put("dir/a b", "content");
  const auto reader =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "rl"}).value());
  EXPECT_EQ(reader->read_blob(container, "dir/a b").value(), "content");
  EXPECT_EQ(reader->list_blobs_from_container(container).value().blobs.size(), 1u);
  EXPECT_TRUE(reader->exists_container(container).value());
  const auto refused = reader->upload_blob(container, "dir/b", "x");
  EXPECT_EQ(refused.error().service_code, "AuthorizationPermissionMismatch");
  EXPECT_EQ(refused.error().code, Code::permission);
  EXPECT_EQ(reader->delete_blob(container, "dir/a b").error().service_code,
            "AuthorizationPermissionMismatch");
}

TEST_F(BlobConformance, a_sas_needs_no_order_of_its_letters) {
  const auto all =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "acdlrw"}).value());
  ASSERT_TRUE(all->upload_blob(container, "a", "x"));
  EXPECT_EQ(all->read_blob(container, "a").value(), "x");
  EXPECT_TRUE(all->delete_blob(container, "a"));
}

TEST_F(BlobConformance, a_write_only_sas_writes_but_does_not_read) {
  const auto writer =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "w"}).value());
  ASSERT_TRUE(writer->upload_blob(container, "a", "x"));
  ASSERT_TRUE(
      writer->upload_blob(container, "b", "0123456789", {.single_put_bytes = 0, .block_bytes = 4}));
  EXPECT_EQ(get("b"), "0123456789");
  EXPECT_EQ(writer->read_blob(container, "a").error().code, Code::permission);
  StringSource source("new");
  EXPECT_EQ(writer->upload_if_absent(container, "a", source).value(), Creation::already_there);
  EXPECT_EQ(writer->upload_if_absent(container, "c", source).value(), Creation::created);
}

TEST_F(BlobConformance, a_sas_that_may_create_does_not_replace) {
  const auto creator =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "c"}).value());
  ASSERT_TRUE(creator->upload_blob(container, "a", "first"));
  EXPECT_EQ(creator->upload_blob(container, "a", "second").error().code, Code::permission);
  EXPECT_EQ(get("a"), "first");
}

TEST_F(BlobConformance, a_sas_opens_no_container_operations) {
  const auto all =
      client_with_sas(blob.get_container_sas_token(container, {.permissions = "racwdl"}).value());
  EXPECT_EQ(all->delete_container(container).error().code, Code::permission);
  EXPECT_EQ(all->create_container(new_container_name()).error().code, Code::permission);
}

TEST_F(BlobConformance, a_blob_sas_opens_one_blob) {
  put("dir/a+b", "content");
  put("other", "content");
  const auto one = client_with_sas(blob.get_blob_sas_token(container, "dir/a+b").value());
  EXPECT_EQ(one->read_blob(container, "dir/a+b").value(), "content");
  EXPECT_EQ(one->read_blob(container, "other").error().code, Code::permission);
  EXPECT_EQ(one->list_blobs_from_container(container).error().code, Code::permission);
}

TEST_F(BlobConformance, a_blob_url_with_its_sas_is_all_that_a_node_needs) {
  put("dir/ü & x", "content");
  const auto url = blob.get_blob_sas_url(container, "dir/ü & x").value();
  CurlTransport curl;
  const auto answer = curl.send({.url = Url::parse(url).value()});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "content");
}

TEST_F(BlobConformance, a_container_url_with_its_sas_is_all_that_a_node_needs) {
  const auto url = blob.get_container_sas_url(container, {.permissions = "rw"}).value();
  const auto parsed = parse_container_url(url).value();
  const BlobClient node(parsed.account);
  ASSERT_TRUE(node->upload_blob(parsed.container, "out/stdout.txt", "done"));
  EXPECT_EQ(get("out/stdout.txt"), "done");
}

TEST_F(BlobConformance, an_expired_sas_opens_nothing) {
  put("a", "x");
  const Timestamp past{system_clock().now().at - std::chrono::minutes(1)};
  const auto late = client_with_sas(
      blob.get_container_sas_token(container, {.permissions = "rl", .expiry = past}).value());
  const auto text = late->read_blob(container, "a");
  EXPECT_EQ(text.error().code, Code::permission);
  EXPECT_EQ(text.error().http_status, 403);
}

TEST_F(BlobConformance, a_sas_of_every_layout_is_accepted) {
  put("a", "x");
  const auto config = service_config();
  const auto key = SharedKey::parse(config.account, config.key).value();
  const Timestamp expiry{system_clock().now().at + std::chrono::hours(1)};
  for (const auto* version :
       {"2015-04-05", "2018-11-09", "2019-12-12", "2020-12-06", "2021-12-02"}) {
    const SasOptions options{.permissions = "r", .expiry = expiry, .version = version};
    const auto reader = client_with_sas(make_container_sas(key, container, options));
    const auto text = reader->read_blob(container, "a");
    EXPECT_TRUE(text) << version << ": " << text.error().message;
    const auto blob_reader = client_with_sas(make_blob_sas(key, container, "a", options));
    EXPECT_TRUE(blob_reader->read_blob(container, "a")) << version;
  }
}

TEST_F(BlobConformance, a_sas_that_was_changed_opens_nothing) {
  put("a", "x");
  auto sas = blob.get_container_sas_token(container, {.permissions = "r"}).value();
  sas.replace(sas.find("sp=r"), 4, "sp=rw");
  EXPECT_EQ(client_with_sas(sas)->read_blob(container, "a").error().code, Code::permission);
}

TEST_F(BlobConformance, a_sas_for_another_container_opens_nothing_here) {
  put("a", "x");
  const auto sas = blob.get_container_sas_token(new_container_name()).value();
  EXPECT_EQ(client_with_sas(sas)->read_blob(container, "a").error().code, Code::permission);
}

TEST_F(BlobConformance, a_wrong_key_opens_nothing) {
  auto config = service_config();
  config.key = base64_encode(std::string(64, 'k'));
  const auto stranger = make_azure_blob(config).value();
  const auto listed = stranger->list_blobs_from_container(container);
  EXPECT_EQ(listed.error().code, Code::permission);
  EXPECT_EQ(listed.error().http_status, 403);
}

TEST_F(BlobConformance, without_a_signature_nothing_is_opened) {
  put("a", "x");
  const auto anonymous = client_with_sas("");
  EXPECT_FALSE(anonymous->read_blob(container, "a"));
  EXPECT_FALSE(anonymous->list_blobs_from_container(container));
  EXPECT_FALSE(anonymous->create_container(new_container_name()));
}

}  // namespace
}  // namespace dms::blob

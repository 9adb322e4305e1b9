#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "blob/zip.h"
#include "blob/zip_upload.h"
#include "core/file.h"
#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

// Bytes without a pattern that a missing or doubled piece could hide behind.
std::string noise(std::size_t size) {
  std::string out(size, '\0');
  std::uint64_t state = 88172645463325252ull;
  for (char& c : out) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    c = static_cast<char>(state);
  }
  return out;
}

TEST_F(BlobConformance, a_blob_is_read_back) {
  put("dir/a.txt", "hello world");
  EXPECT_EQ(get("dir/a.txt"), "hello world");
  EXPECT_TRUE(blob.exists_blob(container, "dir/a.txt").value());
}

TEST_F(BlobConformance, an_empty_blob_is_a_blob) {
  put("empty", "");
  EXPECT_EQ(get("empty"), "");
  EXPECT_EQ(blob.get_blob_properties(container, "empty").value().properties.content_length, 0u);
  ASSERT_TRUE(blob.download_blob(container, "empty", dir / "empty"));
  EXPECT_EQ(read_file(dir / "empty").value(), "");
}

TEST_F(BlobConformance, a_blob_that_is_not_there_is_told_so) {
  EXPECT_EQ(blob.read_blob(container, "none").error().service_code, "BlobNotFound");
  EXPECT_EQ(blob.delete_blob(container, "none").error().service_code, "BlobNotFound");
  EXPECT_EQ(blob.get_blob_properties(container, "none").error().service_code, "BlobNotFound");
  EXPECT_FALSE(blob.exists_blob(container, "none").value());
}

TEST_F(BlobConformance, properties_tell_what_was_written) {
  const auto stamp = blob.upload_blob(
      container, "a", "hello world",
      {.content_type = "text/plain; charset=utf-8", .metadata = {{"run", "7"}, {"note", "a b"}}});
  ASSERT_TRUE(stamp) << stamp.error().message;
  const auto item = blob.get_blob_properties(container, "a").value();
  EXPECT_EQ(item.properties.content_length, 11u);
  EXPECT_EQ(item.properties.http.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(item.properties.http.content_md5, "XrY7u+Ae7tCTyyK7j1rNww==");
  EXPECT_EQ(item.properties.blob_type, "BlockBlob");
  EXPECT_EQ(item.properties.etag, stamp->etag);
  EXPECT_EQ(item.properties.last_modified, stamp->last_modified);
  EXPECT_EQ(item.metadata, (Metadata{{"note", "a b"}, {"run", "7"}}));
}

TEST_F(BlobConformance, a_blob_is_replaced_whole) {
  ASSERT_TRUE(blob.upload_blob(container, "a", "first", {.metadata = {{"run", "1"}}}));
  const auto before = blob.get_blob_properties(container, "a").value();
  put("a", "second, longer");
  const auto after = blob.get_blob_properties(container, "a").value();
  EXPECT_EQ(get("a"), "second, longer");
  EXPECT_NE(before.properties.etag, after.properties.etag);
  EXPECT_TRUE(after.metadata.empty());
}

TEST_F(BlobConformance, a_blob_is_not_replaced_when_that_was_not_wanted) {
  put("a", "first");
  const auto again = blob.upload_blob(container, "a", "second", {.overwrite = Overwrite::no});
  EXPECT_EQ(again.error().code, Code::already_exists);
  EXPECT_EQ(again.error().service_code, "BlobAlreadyExists");
  const auto blocks =
      blob.upload_blob(container, "a", "second",
                       {.overwrite = Overwrite::no, .single_put_bytes = 0, .block_bytes = 4});
  EXPECT_EQ(blocks.error().code, Code::already_exists) << blocks.error().message;
  EXPECT_EQ(get("a"), "first");
}

TEST_F(BlobConformance, an_upload_if_absent_writes_once) {
  StringSource first("first"), second("second");
  EXPECT_EQ(blob.upload_if_absent(container, "a", first).value(), Creation::created);
  EXPECT_EQ(blob.upload_if_absent(container, "a", second).value(), Creation::already_there);
  EXPECT_EQ(get("a"), "first");
}

TEST_F(BlobConformance, a_deleted_blob_is_gone) {
  put("a", "x");
  ASSERT_TRUE(blob.delete_blob(container, "a"));
  EXPECT_FALSE(blob.exists_blob(container, "a").value());
}

TEST_F(BlobConformance, ranges_are_read) {
  put("a", "0123456789");
  EXPECT_EQ(blob.read_blob(container, "a", {.offset = 2, .length = 3}).value(), "234");
  EXPECT_EQ(blob.read_blob(container, "a", {.offset = 7}).value(), "789");
  EXPECT_EQ(blob.read_blob(container, "a", {.offset = 8, .length = 100}).value(), "89");
  EXPECT_EQ(blob.read_blob(container, "a", {.offset = 10}).value(), "");
  EXPECT_EQ(blob.read_blob(container, "a", {.offset = 11}).value(), "");
}

TEST_F(BlobConformance, content_that_was_damaged_on_its_way_is_refused) {
  // Changes what was said of the content, below which the request is signed.
  class Damaging final : public Transport {
   public:
    explicit Damaging(Transport& next) : next_(next) {}
    Result<Response> send(const Request& request, std::stop_token stop) override {
      Request changed = request;
      if (changed.headers.contains("Content-MD5"))
        changed.headers.set("Content-MD5", base64_encode(md5_raw("something else")));
      return next_.send(changed, stop);
    }

   private:
    Transport& next_;
  };
  const auto config = service_config();
  const auto key = SharedKey::parse(config.account, config.key).value();
  CurlTransport curl;
  Signed signer(curl, key, Protocol::blob, system_clock());
  Damaging damaging(signer);
  AzureBlob damaged({.endpoint = Url::parse(config.endpoint).value(), .key = key}, damaging);
  // Azure says Md5Mismatch; Azurite says InvalidOperation.
  const auto whole = damaged.upload_blob(container, "a", "content");
  EXPECT_EQ(whole.error().http_status, 400) << whole.error().message;
  const auto block = damaged.put_block(container, "b", base64_encode("1"), "content");
  EXPECT_EQ(block.error().http_status, 400) << block.error().message;
  for (const auto& word : {whole.error().service_code, block.error().service_code})
    EXPECT_THAT(word, testing::AnyOf("Md5Mismatch", "InvalidOperation"));
  EXPECT_FALSE(blob.exists_blob(container, "a").value());
}

// ---- blocks ----

TEST_F(BlobConformance, blocks_make_a_blob_in_the_order_of_their_list) {
  const auto one = base64_encode("0001"), two = base64_encode("0002"),
             three = base64_encode("0003");
  ASSERT_TRUE(blob.put_block(container, "a", one, "one "));
  ASSERT_TRUE(blob.put_block(container, "a", two, "two "));
  ASSERT_TRUE(blob.put_block(container, "a", three, "never used"));
  EXPECT_FALSE(blob.exists_blob(container, "a").value());
  const auto before = blob.get_block_list(container, "a").value();
  EXPECT_TRUE(before.committed.empty());
  EXPECT_EQ(before.uncommitted.size(), 3u);

  const auto stamp = blob.put_block_list(
      container, "a",
      {{BlockSource::latest, two}, {BlockSource::uncommitted, one}, {BlockSource::latest, two}},
      {.content_type = "text/plain", .metadata = {{"k", "v"}}});
  ASSERT_TRUE(stamp) << stamp.error().message;
  EXPECT_EQ(get("a"), "two one two ");
  const auto after = blob.get_block_list(container, "a").value();
  EXPECT_EQ(after.committed, (std::vector<Block>{{two, 4}, {one, 4}, {two, 4}}));
  EXPECT_TRUE(after.uncommitted.empty());
  const auto item = blob.get_blob_properties(container, "a").value();
  EXPECT_EQ(item.properties.http.content_type, "text/plain");
  EXPECT_EQ(item.metadata, (Metadata{{"k", "v"}}));
  EXPECT_EQ(item.properties.etag, stamp->etag);
}

TEST_F(BlobConformance, a_committed_block_may_be_used_again) {
  const auto one = base64_encode("0001"), two = base64_encode("0002");
  ASSERT_TRUE(blob.put_block(container, "a", one, "one "));
  ASSERT_TRUE(blob.put_block_list(container, "a", {{BlockSource::latest, one}}));
  ASSERT_TRUE(blob.put_block(container, "a", two, "two "));
  EXPECT_EQ(get("a"), "one ");
  ASSERT_TRUE(blob.put_block_list(
      container, "a", {{BlockSource::committed, one}, {BlockSource::uncommitted, two}}));
  EXPECT_EQ(get("a"), "one two ");
}

TEST_F(BlobConformance, a_block_sent_again_replaces_the_first) {
  const auto id = base64_encode("0001");
  ASSERT_TRUE(blob.put_block(container, "a", id, "first"));
  ASSERT_TRUE(blob.put_block(container, "a", id, "again"));
  ASSERT_TRUE(blob.put_block_list(container, "a", {{BlockSource::latest, id}}));
  EXPECT_EQ(get("a"), "again");
}

TEST_F(BlobConformance, a_list_with_an_unknown_block_is_refused) {
  ASSERT_TRUE(blob.put_block(container, "a", base64_encode("0001"), "one"));
  const auto stamp =
      blob.put_block_list(container, "a", {{BlockSource::latest, base64_encode("0009")}});
  EXPECT_EQ(stamp.error().service_code, "InvalidBlockList") << stamp.error().message;
}

TEST_F(BlobConformance, an_upload_by_blocks_has_the_whole_contents_md5) {
  const auto content = noise(1'000'003);
  ASSERT_TRUE(blob.upload_blob(container, "a", content,
                               {.single_put_bytes = 1000, .block_bytes = 64 * 1024}));
  EXPECT_TRUE(get("a") == content);
  const auto properties = blob.get_blob_properties(container, "a").value().properties;
  EXPECT_EQ(properties.http.content_md5, base64_encode(md5_raw(content)));
  EXPECT_EQ(blob.get_block_list(container, "a").value().committed.size(), 16u);
}

// ---- files ----

TEST_F(BlobConformance, a_file_over_the_limit_of_one_put_goes_up_and_comes_back) {
  const auto content = noise(70 * mebibyte);
  std::ofstream(dir / "big", std::ios::binary) << content;
  const auto stamp = blob.upload_file_to_container(container, "deep/big", dir / "big");
  ASSERT_TRUE(stamp) << stamp.error().message;
  const auto file = blob.download_blob_from_container(container, "deep/big", dir / "down");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, dir.path() / "down/deep/big");
  EXPECT_TRUE(read_file(file->string()).value() == content);
}

TEST_F(BlobConformance, an_upload_makes_the_container_that_is_missing) {
  const auto other = new_container_name();
  std::ofstream(dir / "f") << "text";
  ASSERT_TRUE(blob.upload_file_to_container(other, "f", dir / "f"));
  EXPECT_EQ(blob.read_blob(other, "f").value(), "text");
  EXPECT_TRUE(blob.delete_container(other));
}

TEST_F(BlobConformance, a_directory_travels_as_a_zip) {
  std::filesystem::create_directories(dir.path() / "study/in");
  std::ofstream(dir / "study/in/a.inp") << "input";
  const auto zipped = zip_and_upload(blob, container, "", dir / "study");
  ASSERT_TRUE(zipped) << zipped.error().message;
  ASSERT_TRUE(blob.download_blob(container, "study.zip", dir / "back.zip"));
  EXPECT_EQ(read_entry(dir / "back.zip", "in/a.inp").value(), "input");
  const auto by_content = zip_and_upload_if_absent(blob, container, "inputs/", dir / "study");
  ASSERT_TRUE(by_content);
  EXPECT_TRUE(blob.exists_blob(container, "inputs/" + zipped->content.sha256 + ".zip").value());
}

TEST_F(BlobConformance, one_client_serves_many_threads) {
  constexpr int threads = 8, each = 10;
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([this, t] {
        for (int i = 0; i < each; ++i) {
          const auto name = std::to_string(t) + "-" + std::to_string(i);
          EXPECT_TRUE(blob.upload_blob(container, name, name));
          EXPECT_EQ(get(name), name);
        }
      });
  }
  EXPECT_EQ(blob.list_blobs_from_container(container).value().blobs.size(),
            std::size_t{threads * each});
}

}  // namespace
}  // namespace dms::blob

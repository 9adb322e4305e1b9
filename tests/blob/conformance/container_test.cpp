#include <gmock/gmock.h>

#include <algorithm>

#include "tests/blob/conformance/service.h"

namespace dms::blob {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const BlobListing& listing) {
  std::vector<std::string> out;
  for (const auto& item : listing.blobs) out.push_back(item.name);
  return out;
}

TEST_F(BlobConformance, a_container_is_created_once) {
  EXPECT_EQ(blob.create_container(container).value(), Creation::already_there);
  EXPECT_TRUE(blob.exists_container(container).value());
}

TEST_F(BlobConformance, a_container_that_is_not_there_is_told_so) {
  const auto other = new_container_name();
  EXPECT_FALSE(blob.exists_container(other).value());
  EXPECT_EQ(blob.delete_container(other).error().service_code, "ContainerNotFound");
  EXPECT_EQ(blob.list_blobs_from_container(other).error().service_code, "ContainerNotFound");
  EXPECT_EQ(blob.upload_blob(other, "a", "x").error().service_code, "ContainerNotFound");
  EXPECT_EQ(blob.read_blob(other, "a").error().service_code, "ContainerNotFound");
  EXPECT_EQ(blob.get_blob_properties(other, "a").error().code, Code::not_found);
}

TEST_F(BlobConformance, containers_are_listed_by_prefix) {
  const auto listed = blob.list_containers(container);
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().name, container);
  EXPECT_FALSE(listed->front().etag.empty());
  EXPECT_TRUE(blob.list_containers("no-such-prefix-").value().empty());
}

TEST_F(BlobConformance, an_empty_container_lists_nothing) {
  EXPECT_THAT(names(blob.list_blobs_from_container(container).value()), IsEmpty());
}

TEST_F(BlobConformance, a_list_is_in_byte_order_and_follows_pages) {
  for (const auto* name : {"b", "a/2", "a", "B", "a/1", "c", "a-b"}) put(name, name);
  const auto all = blob.list_blobs_from_container(container, {.page_size = 2});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(names(*all), ElementsAre("B", "a", "a-b", "a/1", "a/2", "b", "c"));
}

TEST_F(BlobConformance, a_list_gives_each_page_once) {
  for (int i = 0; i < 7; ++i) put("n" + std::to_string(i), "x");
  std::vector<std::size_t> pages;
  ASSERT_TRUE(blob.list_blobs_from_container(container, {.page_size = 3}, [&](BlobList&& page) {
    if (!page.blobs.empty()) pages.push_back(page.blobs.size());
    return ok();
  }));
  EXPECT_THAT(pages, ElementsAre(3u, 3u, 1u));
}

TEST_F(BlobConformance, a_list_has_sizes_types_and_hashes) {
  ASSERT_TRUE(blob.upload_blob(container, "a", "hello world",
                               {.content_type = "text/plain", .metadata = {{"run", "7"}}}));
  const auto plain = blob.list_blobs_from_container(container).value();
  const auto& properties = plain.blobs.at(0).properties;
  EXPECT_EQ(properties.content_length, 11u);
  EXPECT_EQ(properties.http.content_type, "text/plain");
  EXPECT_EQ(properties.http.content_md5, "XrY7u+Ae7tCTyyK7j1rNww==");
  EXPECT_EQ(properties.blob_type, "BlockBlob");
  EXPECT_TRUE(plain.blobs.at(0).metadata.empty());
  const auto with_metadata =
      blob.list_blobs_from_container(container, {.include = ListOptions::Include::metadata})
          .value();
  EXPECT_EQ(with_metadata.blobs.at(0).metadata, (Metadata{{"run", "7"}}));
  EXPECT_EQ(properties.etag, blob.get_blob_properties(container, "a").value().properties.etag);
}

TEST_F(BlobConformance, a_list_with_a_delimiter_shows_one_level) {
  for (const auto* name : {"a", "dir/1", "dir/2", "dir/sub/3", "z"}) put(name, name);
  const auto top = blob.list_blobs_from_container(container, {.delimiter = "/"}).value();
  EXPECT_THAT(names(top), ElementsAre("a", "z"));
  EXPECT_THAT(top.prefixes, ElementsAre("dir/"));
  const auto below =
      blob.list_blobs_from_container(container, {.prefix = "dir/", .delimiter = "/"}).value();
  EXPECT_THAT(names(below), ElementsAre("dir/1", "dir/2"));
  EXPECT_THAT(below.prefixes, ElementsAre("dir/sub/"));
}

TEST_F(BlobConformance, a_list_with_a_delimiter_follows_pages) {
  for (const auto* name : {"a/1", "a/2", "b/1", "c", "d/1", "d/2", "e"}) put(name, name);
  auto all = blob.list_blobs_from_container(container, {.delimiter = "/", .page_size = 2}).value();
  std::sort(all.prefixes.begin(), all.prefixes.end());
  EXPECT_THAT(names(all), ElementsAre("c", "e"));
  EXPECT_THAT(all.prefixes, ElementsAre("a/", "b/", "d/"));
}

TEST_F(BlobConformance, a_list_by_prefix_ends_with_the_prefix) {
  for (const auto* name : {"run1/a", "run10/a", "run2/a"}) put(name, name);
  EXPECT_THAT(names(blob.list_blobs_from_container(container, {.prefix = "run1"}).value()),
              ElementsAre("run1/a", "run10/a"));
  EXPECT_THAT(names(blob.list_blobs_from_container(container, {.prefix = "run1/"}).value()),
              ElementsAre("run1/a"));
}

TEST_F(BlobConformance, names_come_back_as_they_were) {
  const std::vector<std::string> odd{"a b",     "a%20b",      "a+b",       "größe/ü.txt",
                                     "q?x=1&y", "#frag",      "<xml>&\"'", "trailing space ",
                                     "~tilde",  "semi;colon", "100%",      "日本"};
  for (const auto& name : odd) put(name, "of " + name);
  for (const auto& name : odd) EXPECT_EQ(get(name), "of " + name);
  EXPECT_THAT(names(blob.list_blobs_from_container(container).value()),
              testing::UnorderedElementsAreArray(odd));
  for (const auto& name : odd) EXPECT_TRUE(blob.delete_blob(container, name)) << name;
}

TEST_F(BlobConformance, a_public_container_is_read_without_a_signature) {
  const auto open = new_container_name();
  ASSERT_TRUE(blob.create_container(open, PublicAccess::blob));
  ASSERT_TRUE(blob.upload_blob(open, "a", "for all"));
  put("a", "not for all");
  const auto anonymous = client_with_sas("");
  EXPECT_EQ(anonymous->read_blob(open, "a").value(), "for all");
  EXPECT_FALSE(anonymous->upload_blob(open, "a", "x"));
  EXPECT_FALSE(anonymous->read_blob(container, "a"));
  EXPECT_TRUE(blob.delete_container(open));
}

}  // namespace
}  // namespace dms::blob

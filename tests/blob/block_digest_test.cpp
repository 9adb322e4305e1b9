#include "blob/block_digest.h"

#include <gtest/gtest.h>

#include "core/crypto.h"

namespace dms::blob {
namespace {

const std::string whole = base64_encode(md5_raw("abcdefx"));
const std::string md5s = md5_raw("abc") + md5_raw("def") + md5_raw("x");

Metadata entry(const std::string& text) { return {{"dmsbatchblocks", text}}; }

TEST(BlockDigestTest, is_one_line_in_the_metadata) {
  Metadata metadata{{"permissions", "33188"}};
  set_block_digest(metadata, 3, md5s, whole);
  EXPECT_EQ(
      metadata,
      (Metadata{{"permissions", "33188"},
                {"dmsbatchblocks", "1;3;VYbuXkjdhDTyOQL2OmPNiA==;h0BIH6NJHUQkupdnY84qgQ=="}}));
  EXPECT_EQ(block_digest_of(metadata, whole, 7),
            (BlockDigest{.block_bytes = 3, .digest = base64_encode(md5_raw(md5s))}));
}

TEST(BlockDigestTest, is_left_out_where_it_would_be_that_of_the_whole) {
  Metadata metadata = entry("of another time");
  set_block_digest(metadata, 8, md5_raw("abcdefx"), whole);
  EXPECT_EQ(metadata, Metadata{});
  set_block_digest(metadata, 3, md5s, "");
  EXPECT_EQ(metadata, Metadata{});
}

TEST(BlockDigestTest, counts_only_beside_the_content_it_is_about) {
  Metadata metadata;
  set_block_digest(metadata, 3, md5s, whole);
  EXPECT_FALSE(block_digest_of(metadata, base64_encode(md5_raw("other")), 7));
  EXPECT_FALSE(block_digest_of(metadata, "", 7));
  EXPECT_FALSE(block_digest_of({}, whole, 7));
}

TEST(BlockDigestTest, counts_only_for_a_blob_of_several_blocks_and_not_too_many) {
  Metadata metadata;
  set_block_digest(metadata, 3, md5s, whole);
  EXPECT_FALSE(block_digest_of(metadata, whole, 0));
  EXPECT_FALSE(block_digest_of(metadata, whole, 3));
  EXPECT_TRUE(block_digest_of(metadata, whole, 4));
  EXPECT_TRUE(block_digest_of(metadata, whole, 3 * max_blocks));
  EXPECT_FALSE(block_digest_of(metadata, whole, 3 * max_blocks + 1));
}

TEST(BlockDigestTest, is_nothing_when_it_is_not_understood) {
  const std::string digest = base64_encode(md5_raw(md5s));
  ASSERT_TRUE(block_digest_of(entry("1;3;" + digest + ";" + whole), whole, 7));
  for (const std::string& text :
       {std::string(), "1;3;" + digest, "1;3;" + digest + ";" + whole + ";",
        "2;3;" + digest + ";" + whole, "1;0;" + digest + ";" + whole,
        "1;-3;" + digest + ";" + whole, "1;3x;" + digest + ";" + whole,
        "1;;" + digest + ";" + whole, "1;99999999999999999999999;" + digest + ";" + whole,
        "1;3;;" + whole, "1;3;" + base64_encode("short") + ";" + whole, "1;3;no base64!;" + whole})
    EXPECT_FALSE(block_digest_of(entry(text), whole, 7)) << text;
}

}  // namespace
}  // namespace dms::blob

#include "cli/blob_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::cli {
namespace {

std::string parsed(std::string_view text) {
  const auto place = parse_blob_place(text);
  return place ? place->container + " " + place->prefix
               : std::string(code_name(place.error().code));
}

TEST(BlobPlaceTest, is_a_container_and_a_prefix_in_it) {
  EXPECT_EQ(parsed("cont"), "cont ");
  EXPECT_EQ(parsed("cont/"), "cont ");
  EXPECT_EQ(parsed("cont/a/b c#"), "cont a/b c#");
  EXPECT_EQ(parsed("cont/a/"), "cont a/");
  EXPECT_EQ(parsed("blob:cont/a"), "cont a");
  EXPECT_EQ(parsed("blob://cont/a"), "cont a");
}

TEST(BlobPlaceTest, has_a_container_whose_name_the_service_takes) {
  for (const auto* text : {"", "/", "/abs/path", "./here", "UPPER/x", "blob:", "blob:///x"})
    EXPECT_EQ(parsed(text), "invalid_argument") << text;
  EXPECT_THAT(parse_blob_place("UPPER/x").error().message, testing::HasSubstr("'UPPER/x'"));
}

TEST(BlobPlaceTest, may_be_a_blob_when_it_has_a_name_without_a_slash_at_its_end) {
  EXPECT_TRUE(may_be_blob(*parse_blob_place("cont/a")));
  EXPECT_FALSE(may_be_blob(*parse_blob_place("cont/a/")));
  EXPECT_FALSE(may_be_blob(*parse_blob_place("cont")));
}

TEST(BlobPlaceTest, in_storage_is_told_from_a_path_by_its_scheme) {
  EXPECT_TRUE(is_blob_place("blob:cont"));
  EXPECT_FALSE(is_blob_place("cont/a"));
}

}  // namespace
}  // namespace dms::cli

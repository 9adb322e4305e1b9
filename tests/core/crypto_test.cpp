#include "core/crypto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace dms {
namespace {

TEST(Base64, gives_the_vectors_of_rfc_4648_both_ways) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(plain), encoded);
    EXPECT_EQ(base64_decode(encoded).value(), plain);
  }
}

TEST(Base64, carries_every_byte) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(base64_decode(base64_encode(every)).value(), every);
}

TEST(Base64, refuses_other_text_without_showing_it) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm9 ", "Zg==Zg==", "Zm-_", "secretke!"}) {
    const auto decoded = base64_decode(text);
    ASSERT_FALSE(decoded) << text;
    EXPECT_EQ(decoded.error().message.find(text), std::string::npos);
  }
}

TEST(Digest, gives_known_answers) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, takes_pieces_and_starts_again_after_finish) {
  Sha256 digest;
  digest.update(std::string_view("a"));
  digest.update(std::string_view("bc"));
  EXPECT_EQ(hex(digest.finish()), sha256_hex("abc"));
  digest.update(std::string_view("abc"));
  EXPECT_EQ(hex(digest.finish()), sha256_hex("abc"));
  EXPECT_EQ(hex(digest.finish()), sha256_hex(""));
}

TEST(Hmac, gives_the_first_vector_of_rfc_4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(ConstantTime, compares_like_any_other) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(Guid, is_lower_case_version_4_and_never_twice) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string guid = new_guid();
    EXPECT_THAT(guid, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
                                            "[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_TRUE(seen.insert(guid).second);
  }
}

TEST(RandomBytes, has_the_size_that_was_asked_for) {
  EXPECT_EQ(random_bytes(0).size(), 0u);
  EXPECT_EQ(random_bytes(64).size(), 64u);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace dms

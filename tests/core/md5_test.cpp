#include "core/md5.h"

#include <gtest/gtest.h>

#include "core/crypto.h"

namespace dms {
namespace {

// RFC 1321, A.5.
TEST(Md5Test, gives_the_answers_of_its_rfc) {
  const std::pair<const char*, const char*> known[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
       "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"}};
  for (const auto& [text, digest] : known) EXPECT_EQ(hex(md5_raw(text)), digest) << text;
}

TEST(Md5Test, gives_the_known_answer_for_a_million_letters) {
  EXPECT_EQ(hex(md5_raw(std::string(1'000'000, 'a'))), "7707d6ae4e027c70eea2a935c2296f21");
}

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * i + i / 7);
  return text;
}

// What md5sum says of text_of(0), text_of(1), and so on to 199, each one's digest in hex and a line
// break behind it, all together.
TEST(Md5Test, ends_texts_of_every_length_rightly) {
  std::string all;
  for (std::size_t size = 0; size < 200; ++size) all += hex(md5_raw(text_of(size))) + "\n";
  EXPECT_EQ(hex(md5_raw(all)), "c5962c61cdc1e90e1b202383a3a8f027");
}

TEST(Md5Test, takes_pieces_cut_anywhere_and_starts_again_after_finish) {
  const std::string text = text_of(200);
  const std::string whole = md5_raw(text);
  Md5 digest;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    const std::size_t second = first + (text.size() - first) / 2;
    digest.update(std::string_view(text).substr(0, first));
    digest.update(std::string_view(text).substr(first, second - first));
    digest.update(std::string_view(text).substr(second));
    ASSERT_EQ(digest.finish(), whole) << first;
  }
}

TEST(Md5Test, takes_bytes_for_two_digests_wherever_each_of_them_is) {
  const std::string text = text_of(300);
  for (const std::size_t had : {0, 1, 63, 64, 65, 128}) {
    for (const std::size_t cut : {0, 64, 100, 172}) {
      Md5 whole, piece;
      whole.update(std::string_view(text).substr(0, had));
      const auto rest = std::string_view(text).substr(had);
      update_both(whole, piece, rest.substr(0, cut));
      update_both(piece, whole, rest.substr(cut));
      EXPECT_EQ(whole.finish(), md5_raw(text)) << had << " " << cut;
      EXPECT_EQ(piece.finish(), md5_raw(rest)) << had << " " << cut;
    }
  }
}

TEST(Md5Test, takes_bytes_of_their_own_for_four_digests_wherever_each_of_them_is) {
  const std::string text = text_of(700);
  for (const std::size_t had : {0, 1, 63, 64, 128}) {
    for (const std::size_t count : {0, 63, 64, 100, 256, 300}) {
      Md5 digests[4];
      std::array<const char*, 4> bytes{};
      for (std::size_t i = 0; i < 4; ++i) {
        if (i == 2) digests[i].update(std::string_view(text).substr(0, had));
        bytes[i] = text.data() + 100 * i + 1;
      }
      update_four({&digests[0], &digests[1], &digests[2], &digests[3]}, bytes, count);
      for (std::size_t i = 0; i < 4; ++i) {
        const std::string before = i == 2 ? text.substr(0, had) : "";
        EXPECT_EQ(digests[i].finish(), md5_raw(before + text.substr(100 * i + 1, count)))
            << i << " " << had << " " << count;
      }
    }
  }
}

}  // namespace
}  // namespace dms

// Texts that are alike come back as they were and take little room.
#include "service/core/packed_text.h"

#include <gtest/gtest.h>

#include "core/crypto.h"

namespace dms::service {
namespace {

std::string task_text(int number) {
  std::string text = R"({"id":"run-)" + std::to_string(number) + R"(","commandLine":"model )";
  for (int i = 0; i < 200; ++i) text += "--option-" + std::to_string(i) + "=x ";
  return text + std::to_string(number * 17) + "\"}";
}

TEST(PackedText, of_nothing_is_nothing) {
  EXPECT_EQ(PackedText{}.unpack(), "");
  EXPECT_EQ(TextPacker{}.pack("").unpack(), "");
}

TEST(PackedText, comes_back_as_it_was) {
  TextPacker packer;
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.push_back(task_text(i));
  // Some that are like no other, more than one dictionary serves.
  for (int i = 0; i < 300; ++i)
    texts.push_back(random_bytes(static_cast<std::size_t>(i * 13 % 5000)));
  for (int i = 0; i < 1000; ++i) texts.push_back("short " + std::to_string(i));
  std::vector<PackedText> packed;
  for (const auto& text : texts) packed.push_back(packer.pack(text));
  for (std::size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(packed[i].unpack(), texts[i]) << i;
}

TEST(PackedText, outlives_its_packer) {
  std::vector<PackedText> packed;
  {
    TextPacker packer;
    for (int i = 0; i < 3; ++i) packed.push_back(packer.pack(task_text(i)));
  }
  for (int i = 0; i < 3; ++i) EXPECT_EQ(packed[static_cast<std::size_t>(i)].unpack(), task_text(i));
}

TEST(PackedText, of_the_tasks_of_a_study_is_small) {
  TextPacker packer;
  std::size_t sum = 0;
  for (int i = 0; i < 100; ++i) sum += packer.pack(task_text(i)).size();
  EXPECT_LT(sum / 100, task_text(0).size() / 10);
}

}  // namespace
}  // namespace dms::service

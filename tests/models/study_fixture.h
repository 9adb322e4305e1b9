// Studies in a folder of their own, by the keys that a test adds to a name and a command.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/file.h"
#include "models/study/study.h"
#include "tests/support/temp_directory.h"

namespace dms::models {

class StudyFixture : public testing::Test {
 protected:
  Result<Study> load(const std::string& text) {
    write("study.yml", "job_name: j\ncommand: c\n" + text);
    return load_study(directory_ / "study.yml");
  }
  // "a,b | c,d" of all points, or the message after the study's name.
  std::string points(const std::string& text) {
    const auto study = load(text);
    if (!study) return study.error().message.substr(directory_.path().string().size() + 1);
    std::string all;
    for (std::uint64_t index = 0; index < study->space.size(); ++index) {
      if (index > 0) all += " | ";
      const auto point = study->space.point(index);
      for (std::size_t at = 0; at < point.size(); ++at) all += (at > 0 ? "," : "") + point[at];
    }
    return all;
  }
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((std::filesystem::path(directory_ / name)).parent_path());
    EXPECT_TRUE(write_file_atomic(directory_ / name, text));
  }
  TempDirectory directory_;
};

}  // namespace dms::models

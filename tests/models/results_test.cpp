#include "models/runs/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blob/zip.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::ElementsAre;

TEST(Csv, quotes_only_what_needs_it) {
  EXPECT_EQ(csv_line({"a", "0.5", "", "x y"}), "a,0.5,,x y\n");
  EXPECT_EQ(csv_line({"a,b", "say \"hi\"", "two\nlines", " padded"}),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\" padded\"\n");
}

class Rows : public testing::Test {
 protected:
  Rows() {
    study_.job_name = "j";
    study_.space = *ParameterSpace::make({{"T", ValueList{{"0.5", "a,b"}}}}, Combine::product);
    study_.results = {{"t_end", "out_{T}.txt", "end {T} (\\S+)"}, {"said", "stdout.txt", "(\\w+)"}};
  }

  std::filesystem::path archive_with(const std::string& name, const std::string& text) {
    const std::filesystem::path folder = directory_.path() / "outputs";
    std::filesystem::create_directories(folder);
    EXPECT_TRUE(write_file_atomic((folder / name).string(), text));
    const std::filesystem::path archive = directory_.path() / "outputs.zip";
    EXPECT_TRUE(blob::zip_directory(folder, archive));
    return archive;
  }

  TempDirectory directory_;
  Study study_;
};

TEST_F(Rows, have_parameters_fate_and_columns) {
  const Runs runs(study_, "");
  ResultRows rows(runs);
  EXPECT_THAT(rows.header(),
              ElementsAre("T", "task_id", "exit_code", "wall_seconds", "t_end", "said"));
  const RunRecord record{
      .state = RunState::succeeded, .has_exit_code = true, .exit_code = 0, .wall_seconds = 1.25F};
  EXPECT_THAT(rows.row(0, record, archive_with("out_0.5.txt", "end 0.5 42\n")),
              ElementsAre("0.5", runs.at(0).id, "0", "1.250", "42", ""));
}

TEST_F(Rows, have_empty_cells_for_what_is_missing) {
  const Runs runs(study_, "");
  ResultRows rows(runs);
  EXPECT_THAT(rows.row(1, {}, {}), ElementsAre("a,b", runs.at(1).id, "", "", "", ""));
}

}  // namespace
}  // namespace dms::models

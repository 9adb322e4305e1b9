// dmsnode zip, as the shipped program.
#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;
using Zip = Fixture;

TEST_F(Zip, a_round_trip_keeps_content_modes_links_and_empty_directories) {
  write("in/results/run me.sh", "#!/bin/sh\n", 0755);
  write("in/results/größe/日本 €.txt", "unicode", 0640);
  write("in/results/.hidden", "h");
  write("in/results/zero", "");
  write("in/results/noise.bin", noise(300'000));
  make_directory("in/results/empty");
  link("in/results/latest", "größe");
  link("in/results/größe/up", "../run me.sh");
  ASSERT_EQ(dmsnode({"zip", "../out.zip", "results"}, {.in = "in"}).exit, 0);
  ASSERT_EQ(dmsnode({"unzip", "out.zip", "--into", "a/b"}).exit, 0);
  EXPECT_EQ(names_below("a/b"), names_below("in"));
  EXPECT_EQ(read("a/b/results/größe/日本 €.txt"), "unicode");
  EXPECT_EQ(read("a/b/results/noise.bin"), noise(300'000));
  EXPECT_EQ(read("a/b/results/zero"), "");
  EXPECT_EQ(mode("a/b/results/run me.sh"), 0755U);
  EXPECT_EQ(mode("a/b/results/größe/日本 €.txt"), 0640U);
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::read_symlink(directory() / "a/b/results/latest"), "größe");
  EXPECT_EQ(fs::read_symlink(directory() / "a/b/results/größe/up"), "../run me.sh");
  EXPECT_TRUE(fs::is_directory(directory() / "a/b/results/empty"));
}

TEST_F(Zip, a_round_trip_keeps_the_modification_time) {
  write("out.txt", "x");
  const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'001, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (directory() / "out.txt").c_str(), times, 0), 0);
  ASSERT_EQ(dmsnode({"zip", "o.zip", "out.txt"}).exit, 0);
  ASSERT_EQ(dmsnode({"unzip", "o.zip", "--into", "back"}).exit, 0);
  struct stat facts = {};
  ASSERT_EQ(stat((directory() / "back/out.txt").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mtim.tv_sec, 1'600'000'001);
}

TEST_F(Zip, another_unzip_finds_no_error_in_two_thousand_files) {
  for (int i = 0; i < 2000; ++i) {
    const auto number = std::to_string(i);
    write("many/" + number.substr(0, 1) + "/файл " + number + ".txt", number);
  }
  write("many/stored.png", noise(200'000));
  ASSERT_EQ(dmsnode({"zip", "out.zip", "many"}).exit, 0);
  const auto tested = run(UNZIP, {"-t", "-qq", "out.zip"});
  EXPECT_EQ(tested.exit, 0) << tested.output << tested.errors;
  EXPECT_THAT(names_packed("out.zip"), SizeIs(2000 + 1 + 10 + 1));
}

TEST_F(Zip, the_same_files_give_the_same_bytes) {
  write("b", "2");
  write("a/c", "1");
  ASSERT_EQ(dmsnode({"zip", "1.zip", "b", "a"}).exit, 0);
  setenv("TZ", "Asia/Tokyo", 1);
  ASSERT_EQ(dmsnode({"zip", "2.zip", "a", "b"}).exit, 0);
  unsetenv("TZ");
  EXPECT_EQ(read("1.zip"), read("2.zip"));
}

TEST_F(Zip, wildcards_match_within_one_part_and_leave_hidden_files_out) {
  for (const auto* name :
       {"a.csv", "b.txt", ".c.csv", "run1/x.csv", "run2/x.csv", "run2/y/z.csv"}) {
    write(name, name);
  }
  ASSERT_EQ(dmsnode({"zip", "o.zip", "*.csv", "run*/*.csv"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"),
              ElementsAre("a.csv", "run1", "run1/x.csv", "run2", "run2/x.csv"));
}

TEST_F(Zip, two_stars_match_at_any_depth_and_leave_hidden_directories_out) {
  for (const auto* name : {"log", "a/log", "a/b/log", "a/b/other", ".h/log", "a/.h/log"}) {
    write(name, name);
  }
  ASSERT_EQ(dmsnode({"zip", "o.zip", "**/log"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("a", "a/b", "a/b/log", "a/log", "log"));
  ASSERT_EQ(dmsnode({"zip", "p.zip", "a/**"}).exit, 0);
  EXPECT_THAT(names_packed("p.zip"), ElementsAre("a", "a/b", "a/b/log", "a/b/other", "a/log"));
  ASSERT_EQ(dmsnode({"zip", "q.zip", "a/**/*"}).exit, 0);
  EXPECT_EQ(read("q.zip"), read("p.zip"));
}

TEST_F(Zip, a_name_that_exists_is_taken_as_it_stands) {
  write("a[1].txt", "brackets");
  write("a1.txt", "other");
  ASSERT_EQ(dmsnode({"zip", "o.zip", "a[1].txt"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("a[1].txt"));
}

TEST_F(Zip, a_pattern_without_a_match_is_named_and_the_rest_is_packed) {
  write("out.txt", "x");
  const auto outcome = dmsnode({"zip", "o.zip", "out.txt", "nope*", "gone/**"});
  EXPECT_EQ(outcome.exit, 66);
  EXPECT_EQ(outcome.errors,
            "dmsnode: no file matches 'nope*'\ndmsnode: no file matches 'gone/**'\n");
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("out.txt"));
}

TEST_F(Zip, an_optional_pattern_without_a_match_is_no_error) {
  const auto outcome = dmsnode({"zip", "o.zip", "nope*", "--optional"});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.errors, HasSubstr("'nope*'"));
  EXPECT_THAT(names_packed("o.zip"), IsEmpty());
}

TEST_F(Zip, a_file_from_elsewhere_is_added_under_its_name_if_it_exists) {
  write("wd/out.txt", "x");
  write("stdout.txt", "said");
  ASSERT_EQ(dmsnode({"zip", "../o.zip", "out.txt", "--also", "logs/stdout.txt=../stdout.txt",
                     "--also=stderr.txt=../stderr.txt"},
                    {.in = "wd"})
                .exit,
            0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("logs", "logs/stdout.txt", "out.txt"));
}

TEST_F(Zip, the_archive_never_holds_itself) {
  write("out.txt", "x");
  ASSERT_EQ(dmsnode({"zip", "o.zip", "."}).exit, 0);
  ASSERT_EQ(dmsnode({"zip", "o.zip", ".", "*.zip", "--optional"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("out.txt"));
}

TEST_F(Zip, a_link_out_of_the_archive_becomes_the_file_it_leads_to) {
  write("elsewhere/data", "content");
  write("wd/deep/data", "deep");
  link("wd/out", "../elsewhere/data");
  link("wd/in", "deep/data");
  ASSERT_EQ(dmsnode({"zip", "../o.zip", "out", "in"}, {.in = "wd"}).exit, 0);
  ASSERT_EQ(dmsnode({"unzip", "o.zip", "--into", "back"}).exit, 0);
  EXPECT_FALSE(std::filesystem::is_symlink(directory() / "back/out"));
  EXPECT_EQ(read("back/out"), "content");
  EXPECT_EQ(read("back/in"), "deep");
}

TEST_F(Zip, a_link_to_a_directory_outside_the_archive_is_missing_output) {
  write("elsewhere/data", "content");
  write("wd/out.txt", "x");
  link("wd/shared", "../elsewhere");
  const auto outcome = dmsnode({"zip", "../o.zip", "*"}, {.in = "wd"});
  EXPECT_EQ(outcome.exit, 66);
  EXPECT_THAT(outcome.errors, HasSubstr("shared: a link to ../elsewhere"));
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("out.txt"));
}

TEST_F(Zip, what_is_named_through_a_link_in_the_archive_is_packed_once) {
  write("run5/out", "x");
  link("latest", "run5");
  ASSERT_EQ(dmsnode({"zip", "o.zip", "run5", "latest", "latest/out"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("latest", "run5", "run5/out"));
}

TEST_F(Zip, a_name_in_latin1_is_packed_as_utf8) {
  write("M\xFCller.dat", "x");
  ASSERT_EQ(dmsnode({"zip", "o.zip", "*.dat"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), ElementsAre("Müller.dat"));
}

TEST_F(Zip, a_killed_write_leaves_the_old_archive) {
  write("big.bin", noise(1'000'000));
  write("o.zip", "old");
  const auto outcome =
      dmsnode({"zip", "o.zip", "big.bin"}, {.max_file_bytes = 300'000, .beyond = Beyond::kills});
  EXPECT_EQ(outcome.signal, SIGXFSZ);
  EXPECT_EQ(read("o.zip"), "old");
}

TEST_F(Zip, a_failed_write_leaves_nothing) {
  write("wd/big.bin", noise(1'000'000));
  const auto outcome =
      dmsnode({"zip", "o.zip", "big.bin"}, {.in = "wd", .max_file_bytes = 300'000});
  EXPECT_EQ(outcome.exit, 74);
  EXPECT_THAT(outcome.errors, AllOf(StartsWith("dmsnode: "), HasSubstr("File too large")));
  EXPECT_THAT(names_below("wd"), ElementsAre("big.bin"));
}

TEST_F(Zip, patterns_that_leave_the_directory_are_wrong_usage_and_write_nothing) {
  for (const auto* pattern : {"../x", "/etc/hostname", "a/../../x", ""}) {
    EXPECT_EQ(dmsnode({"zip", "o.zip", pattern}).exit, 64) << pattern;
  }
  EXPECT_EQ(dmsnode({"zip", "o.zip", "--also", "../n=/etc/hostname"}).exit, 64);
  EXPECT_THAT(names_below("."), IsEmpty());
}

TEST_F(Zip, the_archive_gets_the_mode_of_an_ordinary_file) {
  write("a", "x");
  const auto mask = umask(027);
  EXPECT_EQ(dmsnode({"zip", "o.zip", "a"}).exit, 0);
  umask(mask);
  EXPECT_EQ(mode("o.zip"), 0640U);
}

}  // namespace
}  // namespace dms::node

// dmsnode unzip, as the shipped program, on archives that no honest program writes.
#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Unzip : public Fixture {
 protected:
  Outcome unzip(const std::vector<ZipEntry>& entries, std::vector<std::string> more = {}) {
    write("a.zip", zip_of(entries));
    more.insert(more.begin(), {"unzip", "a.zip", "--into", "box"});
    return dmsnode(more);
  }

  // The archive is refused for this entry, and nothing was written.
  void expect_refused(const std::vector<ZipEntry>& entries, const std::string& name) {
    const auto outcome = unzip(entries);
    EXPECT_EQ(outcome.exit, 65) << outcome.errors;
    EXPECT_THAT(outcome.errors, AllOf(StartsWith("dmsnode: a.zip: "), HasSubstr(name)));
    EXPECT_THAT(names_below("."), ElementsAre("a.zip"));
  }
};

TEST_F(Unzip, an_honest_archive_is_unpacked_and_kept) {
  const auto outcome = unzip({{"./d/", "", S_IFDIR | 0750}, {"d//f", "x", S_IFREG | 0600}});
  EXPECT_EQ(outcome.exit, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(read("box/d/f"), "x");
  EXPECT_EQ(mode("box/d"), 0750U);
  EXPECT_EQ(mode("box/d/f"), 0600U);
  EXPECT_TRUE(exists("a.zip"));
}

TEST_F(Unzip, an_empty_archive_is_unpacked) {
  EXPECT_EQ(unzip({}).exit, 0);
  EXPECT_THAT(names_below("box"), IsEmpty());
}

TEST_F(Unzip, set_user_id_is_dropped) {
  EXPECT_EQ(unzip({{"f", "x", S_IFREG | 06755}}).exit, 0);
  EXPECT_EQ(mode("box/f"), 0755U);
}

TEST_F(Unzip, names_that_leave_the_directory_are_refused_before_anything_is_written) {
  expect_refused({{"good", "x"}, {"../evil", "x"}}, "../evil");
  expect_refused({{"good", "x"}, {"a/../../evil", "x"}}, "a/../../evil");
  expect_refused({{"good", "x"}, {"/tmp/dmsnode-evil", "x"}}, "/tmp/dmsnode-evil");
}

TEST_F(Unzip, links_that_leave_the_directory_are_refused) {
  for (const auto* target : {"/etc", "..", "x/../..", "../box2"}) {
    expect_refused({{"good", "x"}, {"evil", target, S_IFLNK | 0777}}, "evil: is a link to");
  }
  expect_refused({{"d/evil", "../../x", S_IFLNK | 0777}}, "d/evil");
}

TEST_F(Unzip, entries_that_pass_through_a_link_are_refused_in_either_order) {
  expect_refused({{"d", ".", S_IFLNK | 0777}, {"d/f", "x"}}, "d/f: passes through the link d");
  expect_refused({{"d/f", "x"}, {"d", ".", S_IFLNK | 0777}}, "d/f: passes through the link d");
}

TEST_F(Unzip, a_link_that_was_there_before_is_not_followed) {
  write("outside/f", "old");
  link("box/d", "../outside");
  link("box/f", "../outside/f");
  EXPECT_EQ(unzip({{"f", "new"}}).exit, 0);
  EXPECT_EQ(read("box/f"), "new");
  const auto outcome = unzip({{"d/f", "new"}});
  EXPECT_EQ(outcome.exit, 74);
  EXPECT_THAT(outcome.errors, HasSubstr("d/f"));
  EXPECT_EQ(read("outside/f"), "old");
}

TEST_F(Unzip, devices_and_encrypted_files_are_refused) {
  expect_refused({{"device", "", S_IFCHR | 0644}}, "device");
  expect_refused({{"secret", "0123456789abcdef", S_IFREG | 0644, true}}, "secret");
}

TEST_F(Unzip, a_wrong_checksum_is_told_and_leaves_no_such_file) {
  const auto outcome =
      unzip({{"good", "x"}, {"bad.txt", "data", S_IFREG | 0644, false, true}}, {"--delete"});
  EXPECT_EQ(outcome.exit, 65);
  EXPECT_THAT(outcome.errors, AllOf(StartsWith("dmsnode: a.zip: bad.txt: "), HasSubstr("CRC")));
  EXPECT_FALSE(exists("box/bad.txt"));
  EXPECT_TRUE(exists("a.zip"));
}

TEST_F(Unzip, a_file_that_is_larger_than_the_archive_says_is_refused) {
  const auto outcome =
      unzip({{"bomb", noise(500), S_IFREG | 0644, false, false, 400}}, {"--max-bytes", "200"});
  EXPECT_EQ(outcome.exit, 65);
  EXPECT_THAT(outcome.errors, HasSubstr("a.zip: bomb: is larger than the archive says"));
  EXPECT_FALSE(exists("box/bomb"));
}

TEST_F(Unzip, an_archive_that_was_cut_short_is_refused_as_a_whole) {
  const auto whole = zip_of({{"a", noise(5000)}, {"b", noise(5000)}});
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{4}, whole.size() / 2, whole.size() - 1}) {
    write("a.zip", whole.substr(0, size));
    EXPECT_EQ(dmsnode({"unzip", "a.zip", "--into", "box"}).exit, 65) << size;
    EXPECT_FALSE(exists("box")) << size;
  }
}

TEST_F(Unzip, a_file_that_is_no_zip_is_named) {
  write("a.zip", "this is text");
  const auto outcome = dmsnode({"unzip", "a.zip"});
  EXPECT_EQ(outcome.exit, 65);
  EXPECT_EQ(outcome.errors, "dmsnode: a.zip: is no zip archive, or was cut short\n");
}

TEST_F(Unzip, more_bytes_than_allowed_are_refused_before_anything_is_written) {
  write("a.zip", zip_of({{"a", std::string(600, 'a')}, {"b", std::string(401, 'b')}}));
  const auto outcome = dmsnode({"unzip", "a.zip", "--max-bytes", "1000"});
  EXPECT_EQ(outcome.exit, 65);
  EXPECT_THAT(outcome.errors, AllOf(HasSubstr("a.zip: b: "), HasSubstr("1000 bytes")));
  EXPECT_THAT(names_below("."), ElementsAre("a.zip"));
  EXPECT_EQ(dmsnode({"unzip", "a.zip", "--max-bytes", "1001"}).exit, 0);
}

TEST_F(Unzip, the_archive_is_deleted_after_success_when_asked_for) {
  EXPECT_EQ(unzip({{"f", "x"}}, {"--delete"}).exit, 0);
  EXPECT_FALSE(exists("a.zip"));
  EXPECT_EQ(read("box/f"), "x");
}

TEST_F(Unzip, an_entry_in_the_archives_own_place_survives_the_deletion) {
  write("a.zip", zip_of({{"a.zip", "inner"}}));
  EXPECT_EQ(dmsnode({"unzip", "a.zip", "--delete"}).exit, 0);
  EXPECT_EQ(read("a.zip"), "inner");
}

TEST_F(Unzip, files_in_the_way_are_replaced) {
  write("box/f", "a longer old content");
  EXPECT_EQ(unzip({{"f", "new"}}).exit, 0);
  EXPECT_EQ(read("box/f"), "new");
}

TEST_F(Unzip, a_missing_archive_is_an_io_error) {
  const auto outcome = dmsnode({"unzip", "none.zip"});
  EXPECT_EQ(outcome.exit, 74);
  EXPECT_EQ(outcome.errors, "dmsnode: opening none.zip: No such file or directory\n");
}

TEST_F(Unzip, a_full_disk_is_an_io_error_and_leaves_no_half_file) {
  write("a.zip", zip_of({{"big", noise(500'000)}}));
  const auto outcome = dmsnode({"unzip", "a.zip", "--into", "box"}, {.max_file_bytes = 100'000});
  EXPECT_EQ(outcome.exit, 74);
  EXPECT_THAT(outcome.errors, HasSubstr("unpacking big: "));
  EXPECT_FALSE(exists("box/big"));
}

}  // namespace
}  // namespace dms::node

// Blobs by blocks, and what a restart finds. Fixture: tests/service/blob_fixture.h.
#include <fstream>

#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

class Blocks : public BlobServiceTest {
 protected:
  void SetUp() override { create(); }

  static std::string id(const std::string& text) { return base64_encode(text); }

  Response put_block(const std::string& block, const std::string& text, const Headers& headers = {},
                     const std::string& name = "b") {
    return send("PUT", path_of(name) + "?comp=block&blockid=" + percent_encode(id(block)), text,
                headers);
  }
  Response put_list(const blob::BlockRefs& refs, const Headers& headers = {}) {
    return send("PUT", path_of("b") + "?comp=blocklist", blob::write_block_refs(refs), headers);
  }
  static blob::BlockRef latest(const std::string& text) {
    return {blob::BlockSource::latest, id(text)};
  }
  static blob::BlockRef committed(const std::string& text) {
    return {blob::BlockSource::committed, id(text)};
  }
  static blob::BlockRef uncommitted(const std::string& text) {
    return {blob::BlockSource::uncommitted, id(text)};
  }
  // "A:3 B:1 | C:2", committed before uncommitted.
  std::string block_list(const std::string& type = "all") {
    const Response response = send("GET", path_of("b") + "?comp=blocklist&blocklisttype=" + type);
    if (response.status != 200) return outcome(response);
    const auto list = blob::read_block_list(response.body);
    EXPECT_TRUE(list) << response.body;
    std::string text;
    for (const auto& block : list->committed)
      text += *base64_decode(block.id) + ":" + std::to_string(block.size_bytes) + " ";
    text += "|";
    for (const auto& block : list->uncommitted)
      text += " " + *base64_decode(block.id) + ":" + std::to_string(block.size_bytes);
    return text;
  }
};

TEST_F(Blocks, make_a_blob_when_they_are_committed) {
  EXPECT_EQ(outcome(put_block("B", "world")), "201");
  EXPECT_EQ(outcome(put_block("A", "hello ")), "201");
  EXPECT_EQ(outcome(get("b")), "404 BlobNotFound") << "nothing is committed";
  EXPECT_EQ(block_list(), "| A:6 B:5");
  const Response done =
      put_list({latest("A"), latest("B")}, {{"x-ms-blob-content-type", "text/plain"},
                                            {"Content-Type", "application/xml"},
                                            {"x-ms-meta-k", "v"}});
  EXPECT_EQ(outcome(done), "201");
  EXPECT_TRUE(done.headers.contains("ETag"));
  EXPECT_EQ(get("b").body, "hello world");
  const Response head = send("HEAD", path_of("b"));
  EXPECT_EQ(head.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(head.headers.get("x-ms-meta-k"), "v");
  EXPECT_FALSE(head.headers.contains("Content-MD5")) << "nobody told it";
  EXPECT_EQ(block_list(), "A:6 B:5 |");
  EXPECT_EQ(block_list("committed"), "A:6 B:5 |");
  EXPECT_EQ(block_list("uncommitted"), "|");
}

TEST_F(Blocks, are_read_across_by_ranges) {
  for (const char* block : {"A", "B", "C"}) put_block(block, block + std::string("12"));
  put_list({latest("A"), latest("B"), latest("C")});
  EXPECT_EQ(get("b", {{"Range", "bytes=2-6"}}).body, "2B12C");
  EXPECT_EQ(get("b", {{"Range", "bytes=3-5"}}).body, "B12");
  EXPECT_EQ(get("b", {{"Range", "bytes=8-8"}}).body, "2");
}

TEST_F(Blocks, are_taken_from_where_the_list_says) {
  put_block("A", "old");
  put_block("B", "b");
  put_list({latest("A"), latest("B")});
  put_block("A", "new");
  EXPECT_EQ(block_list(), "A:3 B:1 | A:3");
  EXPECT_EQ(outcome(put_list({uncommitted("B")})), "400 InvalidBlockList");
  EXPECT_EQ(outcome(put_list({committed("C")})), "400 InvalidBlockList");
  EXPECT_EQ(outcome(put_list({latest("C")})), "400 InvalidBlockList");
  EXPECT_EQ(get("b").body, "oldb") << "a list that is refused changes nothing";
  EXPECT_EQ(outcome(put_list({committed("A"), uncommitted("A"), latest("B"), latest("B")})), "201");
  EXPECT_EQ(get("b").body, "oldnewbb");
  EXPECT_EQ(content_files().size(), 3u);
}

TEST_F(Blocks, that_are_left_out_of_a_list_are_gone) {
  for (const char* block : {"A", "B"}) put_block(block, block);
  put_list({latest("A"), latest("B")});
  put_block("C", "c");
  put_list({latest("B")});
  EXPECT_EQ(get("b").body, "B");
  EXPECT_EQ(block_list(), "B:1 |");
  EXPECT_EQ(content_files().size(), 1u);
  put_list({});
  EXPECT_EQ(get("b").body, "");
  EXPECT_EQ(content_files().size(), 0u);
}

TEST_F(Blocks, that_are_uncommitted_vanish_when_the_blob_is_put_whole) {
  put_block("A", "block");
  put("b", "whole");
  EXPECT_EQ(block_list(), "|");
  EXPECT_EQ(outcome(put_list({latest("A")})), "400 InvalidBlockList");
  EXPECT_EQ(get("b").body, "whole");
  EXPECT_EQ(content_files().size(), 1u);
}

TEST_F(Blocks, that_are_sent_again_replace_the_former) {
  put_block("A", "first");
  put_block("A", "second");
  EXPECT_EQ(content_files().size(), 1u);
  put_list({latest("A")});
  EXPECT_EQ(get("b").body, "second");
}

TEST_F(Blocks, go_with_their_blob) {
  put("b", "whole");
  put_block("A", "block");
  send("DELETE", path_of("b"));
  EXPECT_EQ(block_list(), "404 BlobNotFound");
  EXPECT_EQ(content_files().size(), 0u);
}

TEST_F(Blocks, are_refused_when_they_are_none) {
  const std::string target = path_of("b") + "?comp=block";
  EXPECT_EQ(outcome(send("PUT", target, "x")), "400 MissingRequiredQueryParameter");
  EXPECT_EQ(outcome(send("PUT", target + "&blockid=%21", "x")), "400 InvalidBlockId");
  EXPECT_EQ(outcome(put_block(std::string(65, 'x'), "x")), "400 InvalidBlockId");
  EXPECT_EQ(outcome(put_block(std::string(64, 'x'), "x")), "201");
  EXPECT_EQ(outcome(put_block("other length", "x")), "400 InvalidBlobOrBlock");
  EXPECT_EQ(put_block("A", "", {}, "c").status, 400) << "an empty block";
  EXPECT_EQ(outcome(put_block("A", "x", {{"Content-MD5", base64_encode(md5_raw("y"))}}, "c")),
            "400 Md5Mismatch");
  EXPECT_EQ(outcome(send("PUT", path_of("b", "none") + "?comp=block&blockid=QQ==", "x")),
            "404 ContainerNotFound");
  EXPECT_EQ(outcome(send("PUT", path_of("b") + "?comp=blocklist", "no xml")),
            "400 InvalidXmlDocument");
  EXPECT_EQ(outcome(put_list({}, {{"Content-MD5", base64_encode(md5_raw("y"))}})),
            "400 Md5Mismatch");
  EXPECT_EQ(content_files().size(), 1u);
  EXPECT_EQ(unfinished_files().size(), 0u);
}

TEST_F(Blocks, of_a_list_answer_conditions) {
  put_block("A", "x");
  EXPECT_EQ(outcome(put_list({latest("A")}, {{"If-Match", "*"}})), "412 ConditionNotMet");
  EXPECT_EQ(outcome(put_list({latest("A")}, {{"If-None-Match", "*"}})), "201");
  put_block("A", "y");
  EXPECT_EQ(outcome(put_list({latest("A")}, {{"If-None-Match", "*"}})), "409 BlobAlreadyExists");
}

TEST_F(Blocks, of_blobs_with_slashes_are_kept_apart) {
  put_block("A", "one", {}, "x");
  put_block("A", "two", {}, "x/y");
  open();
  EXPECT_EQ(
      outcome(send("PUT", path_of("x") + "?comp=blocklist", blob::write_block_refs({latest("A")}))),
      "201");
  EXPECT_EQ(get("x").body, "one");
  open();
  EXPECT_EQ(outcome(send("PUT", path_of("x/y") + "?comp=blocklist",
                         blob::write_block_refs({latest("A")}))),
            "201");
  EXPECT_EQ(get("x/y").body, "two");
}

class BlobRestart : public Blocks {};

TEST_F(BlobRestart, finds_containers_blobs_and_blocks_as_they_were) {
  create("open", {{"x-ms-blob-public-access", "blob"}, {"x-ms-meta-k", "v"}});
  put("ä/whole", "whole",
      {{"x-ms-blob-content-type", "text/plain"},
       {"x-ms-blob-content-encoding", "gzip"},
       {"x-ms-meta-k", "ü"}});
  put_block("A", "aa");
  put_list({latest("A")});
  put_block("B", "bbb");
  const auto views = [&] {
    std::string text;
    for (const std::string& target :
         {std::string("/?comp=list&include=metadata"),
          std::string("/cont?restype=container&comp=list&include=metadata"),
          path_of("b") + "?comp=blocklist&blocklisttype=all"})
      text += send("GET", target).body + "\n";
    for (const std::string& target : {path_of("ä/whole"), path_of("b")}) {
      const Response response = send("GET", target);
      text += response.body + "\n";
      for (const auto& [name, value] : response.headers)
        if (name != "x-ms-request-id") text += name + ": " + value + "\n";
    }
    return text;
  };
  const std::string before = views();
  open();
  EXPECT_EQ(views(), before);
  EXPECT_EQ(outcome(put_list({latest("A"), latest("B")})), "201");
  EXPECT_EQ(get("b").body, "aabbb");
}

TEST_F(BlobRestart, removes_what_no_blob_refers_to) {
  put("b", "kept");
  put_block("A", "kept too", {}, "c");
  const auto kept = content_files();
  EXPECT_EQ(kept.size(), 2u);
  std::ofstream(directory / "blobs/ab/abandoned") << "x";
  std::ofstream(directory / "blobs/tmp/halfway") << "x";
  open();
  EXPECT_EQ(content_files(), kept);
  EXPECT_EQ(unfinished_files().size(), 0u);
  EXPECT_EQ(get("b").body, "kept");
}

TEST_F(BlobRestart, names_a_row_that_it_cannot_read) {
  const std::pair<Change, const char*> bad[] = {
      {Change::put("container", "cont", "{"), "container cont"},
      {Change::put("blob", "none/b", "{}"), "blob none/b"},
      {Change::put("block", "none/b\nQQ==", "{}"), "block none/b"}};
  for (const auto& [row, name] : bad) {
    const auto other = memory_store();
    ASSERT_TRUE(other->commit({row}));
    BlobIndex index;
    const Status status = load_blob_index(index, *other);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, Code::corrupt);
    EXPECT_NE(status.error().message.find(name), std::string::npos) << status.error().message;
  }
}

TEST_F(BlobRestart, an_upload_that_is_given_up_leaves_no_file) {
  Request head = request("PUT", path_of("b"), "", {{"x-ms-blob-type", "BlockBlob"}});
  head.url.query = container_sas("w");
  {
    const BodyPlan plan = service->plan(head);
    ASSERT_TRUE(plan.upload);
    const std::string half(ContentUpload::small_bytes + 1, 'h');
    ASSERT_TRUE(plan.upload->write(half));
    EXPECT_EQ(unfinished_files().size(), 1u);
  }
  EXPECT_EQ(unfinished_files().size(), 0u);
  EXPECT_EQ(content_files().size(), 0u);
}

}  // namespace
}  // namespace dms::service

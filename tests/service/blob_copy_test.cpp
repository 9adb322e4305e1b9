// Copy Blob: the same bytes under another name, without moving them.
#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

class BlobCopyTest : public BlobServiceTest {
 protected:
  void SetUp() override {
    create();
    create("other");
  }
  static std::string url_of(const std::string& name, const std::string& container = "cont") {
    return std::string(base) + "/store" + path_of(name, container);
  }
  Response copy(const std::string& target, const std::string& source, Headers headers = {}) {
    headers.set("x-ms-copy-source", source);
    return send("PUT", target, "", headers);
  }
};

TEST_F(BlobCopyTest, gives_the_target_content_properties_and_metadata_of_the_source) {
  put("a b", "hello world", {{"x-ms-blob-content-type", "text/plain"}, {"x-ms-meta-run", "7"}});
  const auto copied = copy("/other/copy", url_of("a b"));
  EXPECT_EQ(outcome(copied), "202");
  EXPECT_EQ(copied.headers.get("x-ms-copy-status"), "success");
  EXPECT_FALSE(copied.headers.get("x-ms-copy-id").empty());
  const auto got = send("GET", "/other/copy");
  EXPECT_EQ(got.body, "hello world");
  EXPECT_EQ(got.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(got.headers.get("Content-MD5"), base64_encode(md5_raw("hello world")));
  EXPECT_EQ(got.headers.get("x-ms-meta-run"), "7");
  EXPECT_EQ(got.headers.get("ETag"), copied.headers.get("ETag"));
}

TEST_F(BlobCopyTest, prefers_the_metadata_that_the_request_names) {
  put("a", "x", {{"x-ms-meta-run", "7"}});
  copy("/other/copy", url_of("a"), {{"x-ms-meta-run", "8"}});
  EXPECT_EQ(send("GET", "/other/copy").headers.get("x-ms-meta-run"), "8");
}

TEST_F(BlobCopyTest, outlives_its_source_and_a_restart) {
  put("a", "hello world");
  copy("/other/copy", url_of("a"));
  EXPECT_EQ(outcome(send("DELETE", "/cont/a")), "202");
  open();
  EXPECT_EQ(send("GET", "/other/copy").body, "hello world");
}

TEST_F(BlobCopyTest, replaces_what_was_there_and_leaves_no_content_behind) {
  put("a", "new");
  send("PUT", "/other/copy", "old", {{"x-ms-blob-type", "BlockBlob"}});
  copy("/other/copy", url_of("a"));
  EXPECT_EQ(send("GET", "/other/copy").body, "new");
  EXPECT_EQ(content_files().size(), 2u);
}

TEST_F(BlobCopyTest, copies_blobs_of_blocks_and_empty_ones) {
  for (const auto* id : {"AAAA", "BBBB"})
    ASSERT_EQ(outcome(send("PUT", "/cont/blocks?comp=block&blockid=" + std::string(id), id)),
              "201");
  ASSERT_EQ(outcome(send("PUT", "/cont/blocks?comp=blocklist",
                         "<BlockList><Latest>BBBB</Latest><Latest>AAAA</Latest></BlockList>")),
            "201");
  copy("/other/copy", url_of("blocks"));
  EXPECT_EQ(send("GET", "/other/copy").body, "BBBBAAAA");
  put("empty", "");
  EXPECT_EQ(outcome(copy("/other/empty", url_of("empty"))), "202");
  EXPECT_EQ(send("GET", "/other/empty").body, "");
}

TEST_F(BlobCopyTest, copies_a_blob_onto_itself) {
  put("a", "hello world");
  EXPECT_EQ(outcome(copy("/cont/a", url_of("a"), {{"x-ms-meta-new", "1"}})), "202");
  EXPECT_EQ(get("a").body, "hello world");
  EXPECT_EQ(get("a").headers.get("x-ms-meta-new"), "1");
  EXPECT_EQ(content_files().size(), 1u);
}

TEST_F(BlobCopyTest, obeys_conditions_on_both_ends) {
  put("a", "x");
  put("b", "y");
  EXPECT_EQ(outcome(copy("/cont/b", url_of("a"), {{"If-None-Match", "*"}})),
            "409 BlobAlreadyExists");
  EXPECT_EQ(outcome(copy("/other/c", url_of("a"), {{"x-ms-source-if-match", "\"no\""}})),
            "412 SourceConditionNotMet");
  const std::string etag(get("a").headers.get("ETag"));
  EXPECT_EQ(outcome(copy("/other/c", url_of("a"), {{"x-ms-source-if-match", etag}})), "202");
  EXPECT_EQ(get("b").body, "y");
}

TEST_F(BlobCopyTest, reads_no_source_that_its_caller_may_not) {
  put("a", "secret");
  const std::string write = container_sas("cw", "other"), read = container_sas("r");
  const Headers bare{{"x-ms-copy-source", url_of("a")}};
  EXPECT_EQ(outcome(send_open("PUT", "/other/copy?" + write, "", bare)),
            "401 CannotVerifyCopySource");
  const Headers wrong{{"x-ms-copy-source", url_of("a") + "?" + container_sas("w")}};
  EXPECT_EQ(outcome(send_open("PUT", "/other/copy?" + write, "", wrong)),
            "403 CannotVerifyCopySource");
  const Headers right{{"x-ms-copy-source", url_of("a") + "?" + read}};
  EXPECT_EQ(outcome(send_open("PUT", "/other/copy?" + container_sas("r", "other"), "", right)),
            "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(outcome(send_open("PUT", "/other/copy?" + write, "", right)), "202");
}

TEST_F(BlobCopyTest, says_what_is_wrong_with_a_source) {
  EXPECT_EQ(outcome(copy("/other/c", url_of("gone"))), "404 CannotVerifyCopySource");
  EXPECT_EQ(outcome(copy("/other/c", "http://elsewhere.example/store/cont/a")),
            "404 CannotVerifyCopySource");
  EXPECT_EQ(outcome(copy("/other/c", "no url")), "400 InvalidHeaderValue");
  EXPECT_EQ(outcome(copy("/missing/c", url_of("a"))), "404 ContainerNotFound");
  put("a", "x");
  EXPECT_EQ(outcome(copy("/cont/b?comp=appendblock", url_of("a"))), "501 NotImplemented");
  EXPECT_EQ(outcome(copy("/cont/b", url_of("a"), {{"x-ms-blob-type", "BlockBlob"}})),
            "501 NotImplemented");
}

TEST_F(BlobCopyTest, is_told_with_the_blob_until_it_is_written_anew) {
  put("a", "hello world");
  const std::string id(copy("/other/copy", url_of("a") + "?x=1").headers.get("x-ms-copy-id"));
  open();
  const auto copied = send("HEAD", "/other/copy").headers;
  EXPECT_EQ(copied.get("x-ms-copy-id"), id);
  EXPECT_EQ(copied.get("x-ms-copy-status"), "success");
  EXPECT_EQ(copied.get("x-ms-copy-source"), url_of("a"));
  EXPECT_EQ(copied.get("x-ms-copy-progress"), "11/11");
  EXPECT_EQ(copied.get("x-ms-copy-completion-time"), clock.now().rfc1123());
  EXPECT_NE(send("GET", "/other?restype=container&comp=list&include=copy")
                .body.find("<CopyStatus>success</CopyStatus>"),
            std::string::npos);
  EXPECT_EQ(send("GET", "/other?restype=container&comp=list").body.find("<CopyStatus>"),
            std::string::npos);
  send("PUT", "/other/copy", "new", {{"x-ms-blob-type", "BlockBlob"}});
  EXPECT_FALSE(send("HEAD", "/other/copy").headers.contains("x-ms-copy-id"));
}

// ---- Put Block From URL ----

class BlockFromUrlTest : public BlobCopyTest {
 protected:
  Response block(const std::string& id, const std::string& source, Headers headers = {}) {
    return copy("/other/target?comp=block&blockid=" + id, source, std::move(headers));
  }
  Response commit(const std::string& ids) {
    return send("PUT", "/other/target?comp=blocklist", "<BlockList>" + ids + "</BlockList>");
  }
};

TEST_F(BlockFromUrlTest, joins_ranges_of_other_blobs) {
  put("a", "hello world");
  for (const auto* id : {"AAAA", "BBBB"})
    ASSERT_EQ(outcome(send("PUT", "/cont/blocks?comp=block&blockid=" + std::string(id), id)),
              "201");
  ASSERT_EQ(outcome(send("PUT", "/cont/blocks?comp=blocklist",
                         "<BlockList><Latest>AAAA</Latest><Latest>BBBB</Latest></BlockList>")),
            "201");
  const auto first = block("0001", url_of("a"), {{"x-ms-source-range", "bytes=6-10"}});
  EXPECT_EQ(outcome(first), "201");
  EXPECT_EQ(first.headers.get("Content-MD5"), base64_encode(md5_raw("world")));
  EXPECT_EQ(outcome(block("0002", url_of("blocks"), {{"x-ms-source-range", "bytes=2-5"}})), "201");
  EXPECT_EQ(outcome(block("0003", url_of("a"))), "201");
  open();  // what was acknowledged outlives a restart
  EXPECT_EQ(outcome(commit("<Latest>0001</Latest><Latest>0002</Latest><Latest>0003</Latest>")),
            "201");
  EXPECT_EQ(send("GET", "/other/target").body, "worldAABBhello world");
}

TEST_F(BlockFromUrlTest, is_the_block_of_its_own_and_no_part_of_the_source) {
  put("a", "hello world");
  ASSERT_EQ(outcome(block("0001", url_of("a"))), "201");
  put("a", "something else");
  ASSERT_EQ(outcome(commit("<Latest>0001</Latest>")), "201");
  EXPECT_EQ(send("GET", "/other/target").body, "hello world");
  EXPECT_EQ(content_files().size(), 2u);
}

TEST_F(BlockFromUrlTest, obeys_what_is_asked_of_the_source_and_leaves_nothing_when_refused) {
  put("a", "hello world");
  const std::string right = base64_encode(md5_raw("hello world"));
  const std::string wrong = base64_encode(md5_raw("other"));
  EXPECT_EQ(outcome(block("0001", url_of("a"), {{"x-ms-source-content-md5", wrong}})),
            "400 Md5Mismatch");
  EXPECT_EQ(outcome(block("0001", url_of("a"), {{"x-ms-source-if-match", "\"no\""}})),
            "412 SourceConditionNotMet");
  EXPECT_EQ(outcome(block("0001", url_of("a"), {{"x-ms-source-range", "bytes=11-20"}})),
            "416 InvalidRange");
  EXPECT_EQ(outcome(block("0001", url_of("gone"))), "404 CannotVerifyCopySource");
  EXPECT_EQ(outcome(block("0001", "http://elsewhere.example/store/cont/a")),
            "404 CannotVerifyCopySource");
  EXPECT_EQ(outcome(copy("/missing/x?comp=block&blockid=AAAA", url_of("a"))),
            "404 ContainerNotFound");
  EXPECT_EQ(content_files().size(), 1u);
  EXPECT_TRUE(unfinished_files().empty());
  EXPECT_EQ(outcome(block("0001", url_of("a"), {{"x-ms-source-content-md5", right}})), "201");
}

TEST_F(BlockFromUrlTest, needs_to_read_the_source_and_to_write_the_target) {
  put("a", "secret");
  const std::string target = "/other/target?comp=block&blockid=AAAA&";
  const Headers bare{{"x-ms-copy-source", url_of("a")}};
  const Headers readable{{"x-ms-copy-source", url_of("a") + "?" + container_sas("r")}};
  const std::string write = container_sas("w", "other");
  EXPECT_EQ(outcome(send_open("PUT", target + write, "", bare)), "401 CannotVerifyCopySource");
  EXPECT_EQ(outcome(send_open("PUT", target + container_sas("r", "other"), "", readable)),
            "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(outcome(send_open("PUT", target + write, "", readable)), "201");
}

}  // namespace
}  // namespace dms::service

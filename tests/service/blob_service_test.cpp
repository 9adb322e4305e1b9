// Containers and blobs as the local Blob service answers for them. Source of the expectations: Blob
// Storage REST reference; fixture: tests/service/blob_fixture.h.
#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

class Containers : public BlobServiceTest {};
class Blobs : public BlobServiceTest {
 protected:
  void SetUp() override { create(); }
};

TEST_F(Containers, are_created_once_shown_and_deleted) {
  const Response created =
      send("PUT", "/cont?restype=container", "", {{"x-ms-meta-Colour", "red"}});
  EXPECT_EQ(outcome(created), "201");
  EXPECT_EQ(created.headers.get("ETag"), "\"" + clock.now().etag() + "\"") << "quoted here";
  EXPECT_EQ(created.headers.get("Last-Modified"), clock.now().rfc1123());
  EXPECT_EQ(created.headers.get("x-ms-request-id").size(), 36u);
  EXPECT_TRUE(created.headers.contains("x-ms-version"));
  EXPECT_EQ(outcome(send("PUT", "/cont?restype=container")), "409 ContainerAlreadyExists");
  for (const char* method : {"GET", "HEAD"}) {
    const Response shown = send(method, "/cont?restype=container");
    EXPECT_EQ(outcome(shown), "200");
    EXPECT_EQ(shown.headers.get("ETag"), created.headers.get("ETag"));
    EXPECT_EQ(shown.headers.get("x-ms-meta-colour"), "red");
  }
  ASSERT_EQ(outcome(put("a", "text")), "201");
  EXPECT_EQ(content_files().size(), 1u);
  EXPECT_EQ(outcome(send("DELETE", "/cont?restype=container")), "202");
  EXPECT_EQ(content_files().size(), 0u);
  EXPECT_EQ(outcome(send("DELETE", "/cont?restype=container")), "404 ContainerNotFound");
  EXPECT_EQ(outcome(send("GET", "/cont?restype=container")), "404 ContainerNotFound");
  EXPECT_EQ(outcome(get("a")), "404 ContainerNotFound");
  create();
  EXPECT_EQ(outcome(get("a")), "404 BlobNotFound") << "nothing of the old one is left";
}

TEST_F(Containers, and_blobs_tell_of_what_kind_their_account_is) {
  for (const char* method : {"GET", "HEAD"})
    for (const char* place : {"/", "/cont", "/cont/blob"}) {
      const Response shown = send(method, std::string(place) + "?restype=account&comp=properties");
      EXPECT_EQ(outcome(shown), "200") << method << place;
      EXPECT_EQ(shown.headers.get("x-ms-sku-name"), "Standard_LRS");
      EXPECT_EQ(shown.headers.get("x-ms-account-kind"), "StorageV2");
    }
}

TEST_F(Containers, have_names_of_a_kind) {
  for (const char* name : {"abc", "a-b-c", "123", "$root", "$web"})
    EXPECT_EQ(outcome(send("PUT", "/" + std::string(name) + "?restype=container")), "201") << name;
  EXPECT_EQ(outcome(send("PUT", "/" + std::string(63, 'a') + "?restype=container")), "201");
  for (const char* name : {"ABC", "a--b", "-ab", "ab-", "a_b", "a.b", "%C3%A4bc"})
    EXPECT_EQ(outcome(send("PUT", "/" + std::string(name) + "?restype=container")),
              "400 InvalidResourceName")
        << name;
  EXPECT_EQ(outcome(send("PUT", "/ab?restype=container")), "400 OutOfRangeInput");
  EXPECT_EQ(outcome(send("PUT", "/" + std::string(64, 'a') + "?restype=container")),
            "400 OutOfRangeInput");
}

TEST_F(Containers, have_metadata_whose_names_are_identifiers) {
  const auto made_with = [&](const std::string& header) {
    return outcome(send("PUT", "/cont?restype=container", "", {{header, "v"}}));
  };
  for (const char* name : {"a-b", "a!b", "1", "a.b", "\xc3\xbc"})
    EXPECT_EQ(made_with(std::string("x-ms-meta-") + name), "400 InvalidMetadata") << name;
  EXPECT_EQ(made_with("x-ms-meta-"), "400 EmptyMetadataKey");
  EXPECT_EQ(made_with("X-Ms-Meta-_a1"), "201");
}

TEST_F(Containers, are_listed_by_prefix_and_pages) {
  for (const char* name : {"aaa", "aab", "bbb"}) create(name, {{"x-ms-meta-k", name}});
  const auto list = [&](const std::string& query) {
    const Response response = send("GET", "/?comp=list" + query);
    EXPECT_EQ(response.status, 200);
    auto parsed = blob::read_container_list(response.body);
    EXPECT_TRUE(parsed);
    return *parsed;
  };
  const auto all = list("&include=metadata");
  ASSERT_EQ(all.containers.size(), 3u);
  EXPECT_EQ(all.service_endpoint, std::string(base) + "/store");
  EXPECT_EQ(all.containers[1].name, "aab");
  EXPECT_EQ(all.containers[1].metadata.at("k"), "aab");
  EXPECT_EQ(list("&prefix=aa").containers.size(), 2u);
  EXPECT_TRUE(list("").containers[0].metadata.empty());
  const auto first = list("&maxresults=2");
  EXPECT_EQ(first.containers.size(), 2u);
  const auto second = list("&maxresults=2&marker=" + percent_encode(first.next_marker));
  ASSERT_EQ(second.containers.size(), 1u);
  EXPECT_EQ(second.containers[0].name, "bbb");
  EXPECT_EQ(second.next_marker, "");
}

TEST_F(Containers, need_the_word_that_says_that_they_are_meant) {
  EXPECT_NE(send("PUT", "/cont").status, 201) << "this is a blob of the root container to Azure";
  create();
  EXPECT_NE(send("DELETE", "/cont").status, 202);
  EXPECT_EQ(outcome(send("GET", "/cont?restype=container")), "200");
}

TEST_F(Blobs, are_put_and_got_with_their_properties) {
  const Response stored = put("dir/a.txt", "hello",
                              {{"Content-Type", "text/csv"},
                               {"x-ms-blob-content-type", "text/plain"},
                               {"x-ms-blob-cache-control", "no-store"},
                               {"x-ms-meta-Run", "r1"}});
  EXPECT_EQ(outcome(stored), "201");
  const std::string md5 = base64_encode(md5_raw("hello"));
  EXPECT_EQ(stored.headers.get("Content-MD5"), md5);
  EXPECT_EQ(stored.headers.get("x-ms-request-server-encrypted"), "true");
  for (const char* method : {"GET", "HEAD"}) {
    const Response response = send(method, path_of("dir/a.txt"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, std::string(method) == "GET" ? "hello" : "");
    EXPECT_EQ(response.headers.get("Content-Length"), "5");
    EXPECT_EQ(response.headers.get("Content-Type"), "text/plain");
    EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(response.headers.get("Content-MD5"), md5);
    EXPECT_EQ(response.headers.get("x-ms-meta-run"), "r1");
    EXPECT_EQ(response.headers.get("x-ms-blob-type"), "BlockBlob");
    EXPECT_EQ(response.headers.get("ETag"), stored.headers.get("ETag"));
    EXPECT_EQ(response.headers.get("Last-Modified"), stored.headers.get("Last-Modified"));
    EXPECT_EQ(response.headers.get("Accept-Ranges"), "bytes");
  }
}

TEST_F(Blobs, may_be_empty_and_have_odd_names) {
  for (const std::string& name :
       {std::string("a b"), std::string("ä/ö"), std::string("100%"), std::string("a?b#c&d=e+f"),
        std::string("x/"), std::string("/x"), std::string("a//b"), std::string("'\"<>"),
        std::string(1024, 'n'), std::string("\x01\x7f")}) {
    EXPECT_EQ(outcome(put(name, name)), "201") << name;
    EXPECT_EQ(get(name).body, name) << name;
  }
  EXPECT_EQ(outcome(put("empty", "")), "201");
  const Response empty = get("empty");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
  EXPECT_EQ(empty.headers.get("Content-Type"), "application/octet-stream");
  std::string long_name;
  while (long_name.size() < 2048) long_name += "ä";
  EXPECT_EQ(outcome(put(long_name, "")), "201") << "1024 characters";
  EXPECT_EQ(outcome(put(long_name + "n", "")), "400 OutOfRangeInput");
  EXPECT_EQ(outcome(put(std::string(1025, 'n'), "")), "400 OutOfRangeInput");
  EXPECT_EQ(outcome(put("latin1-\xE9", "")), "400 InvalidUri");
  EXPECT_EQ(outcome(put("a\nb", "")), "400 InvalidUri");
}

TEST_F(Blobs, are_got_by_ranges) {
  put("b", "0123456789");
  const auto range = [&](const std::string& value, const char* header = "Range") {
    const Response response = get("b", {{header, value}});
    return std::to_string(response.status) + " " +
           std::string(response.headers.get("Content-Range")) + " " +
           (response.status < 300 ? response.body : "");
  };
  EXPECT_EQ(range("bytes=0-3"), "206 bytes 0-3/10 0123");
  EXPECT_EQ(range("bytes=4-4", "x-ms-range"), "206 bytes 4-4/10 4");
  EXPECT_EQ(range("bytes=8-"), "206 bytes 8-9/10 89");
  EXPECT_EQ(range("bytes=8-99"), "206 bytes 8-9/10 89");
  EXPECT_EQ(range("bytes=10-"), "416 bytes */10 ");
  EXPECT_EQ(range("bytes=3-2"), "200  0123456789") << "no range at all";
  EXPECT_EQ(range("lines=1-2"), "200  0123456789");
  const Response both = get("b", {{"Range", "bytes=0-0"}, {"x-ms-range", "bytes=1-2"}});
  EXPECT_EQ(both.body, "12") << "x-ms-range wins";
  EXPECT_FALSE(both.headers.contains("Content-MD5")) << "it is of the whole";
  EXPECT_EQ(both.headers.get("x-ms-blob-content-md5"), base64_encode(md5_raw("0123456789")));
  EXPECT_EQ(outcome(get("b", {{"Range", "bytes=11-"}})), "416 InvalidRange");
}

TEST_F(Blobs, keep_the_time_of_their_creation_when_they_are_overwritten) {
  const Response first = put("b", "one");
  const std::string created(get("b").headers.get("x-ms-creation-time"));
  clock.advance(std::chrono::seconds(5));
  const Response second = put("b", "two");
  EXPECT_NE(first.headers.get("ETag"), second.headers.get("ETag"));
  EXPECT_EQ(get("b").body, "two");
  EXPECT_EQ(get("b").headers.get("x-ms-creation-time"), created);
  EXPECT_EQ(content_files().size(), 1u) << "the old content is gone";
}

TEST_F(Blobs, have_another_etag_after_every_write_even_within_a_tick) {
  std::set<std::string> etags;
  for (int i = 0; i < 5; ++i) etags.emplace(put("b", "same").headers.get("ETag"));
  EXPECT_EQ(etags.size(), 5u);
}

TEST_F(Blobs, are_deleted_with_their_content) {
  put("b", "one");
  EXPECT_EQ(outcome(send("DELETE", path_of("b"), "", {{"x-ms-delete-snapshots", "include"}})),
            "202");
  EXPECT_EQ(outcome(get("b")), "404 BlobNotFound");
  EXPECT_EQ(outcome(send("DELETE", path_of("b"))), "404 BlobNotFound");
  EXPECT_EQ(content_files().size(), 0u);
}

TEST_F(Blobs, are_checked_by_md5) {
  EXPECT_EQ(outcome(put("b", "text", {{"Content-MD5", base64_encode(md5_raw("text"))}})), "201");
  EXPECT_EQ(outcome(put("b", "torn", {{"Content-MD5", base64_encode(md5_raw("text"))}})),
            "400 Md5Mismatch");
  EXPECT_EQ(outcome(put("b", "text", {{"Content-MD5", "short"}})), "400 InvalidMd5");
  EXPECT_EQ(get("b").body, "text");
  EXPECT_EQ(content_files().size(), 1u);
  EXPECT_EQ(unfinished_files().size(), 0u);
}

TEST_F(Blobs, that_cannot_be_stored_leave_nothing) {
  EXPECT_EQ(outcome(send("PUT", path_of("b"), "text")), "400 MissingRequiredHeader");
  EXPECT_EQ(outcome(send("PUT", path_of("b"), "", {{"x-ms-blob-type", "PageBlob"}})),
            "501 NotImplemented");
  EXPECT_EQ(outcome(send("PUT", path_of("b"), "", {{"x-ms-copy-source", "http://x/y"}})),
            "404 CannotVerifyCopySource");
  EXPECT_EQ(outcome(send("PUT", path_of("b", "none"), "t", {{"x-ms-blob-type", "BlockBlob"}})),
            "404 ContainerNotFound");
  EXPECT_EQ(outcome(send("PUT", path_of("b") + "?comp=tier")), "501 NotImplemented");
  EXPECT_EQ(content_files().size(), 0u);
  EXPECT_EQ(unfinished_files().size(), 0u);
}

TEST_F(Blobs, answer_conditions) {
  const std::string etag(put("b", "one").headers.get("ETag"));
  const std::string past = "Thu, 01 Jan 2015 00:00:00 GMT";
  const std::string now = clock.now().rfc1123();
  EXPECT_EQ(get("b", {{"If-Match", etag}}).status, 200);
  EXPECT_EQ(get("b", {{"If-Match", "\"0x1\""}}).status, 412);
  EXPECT_EQ(get("b", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(get("b", {{"If-None-Match", etag}}).body, "");
  EXPECT_EQ(get("b", {{"If-Modified-Since", now}}).status, 304);
  EXPECT_EQ(get("b", {{"If-Modified-Since", past}}).status, 200);
  EXPECT_EQ(get("b", {{"If-Unmodified-Since", past}}).status, 412);
  EXPECT_EQ(get("b", {{"If-Unmodified-Since", now}}).status, 200);
  EXPECT_EQ(outcome(get("b", {{"If-Modified-Since", "soon"}})), "400 InvalidHeaderValue");

  EXPECT_EQ(outcome(put("b", "two", {{"If-None-Match", "*"}})), "409 BlobAlreadyExists");
  EXPECT_EQ(outcome(put("b", "two", {{"If-Match", "\"0x1\""}})), "412 ConditionNotMet");
  EXPECT_EQ(outcome(put("new", "two", {{"If-Match", "*"}})), "412 ConditionNotMet");
  EXPECT_EQ(outcome(put("new", "two", {{"If-None-Match", "*"}})), "201");
  EXPECT_EQ(get("b").body, "one");
  EXPECT_EQ(outcome(put("b", "two", {{"If-Match", etag}})), "201");
  EXPECT_EQ(outcome(send("DELETE", path_of("b"), "", {{"If-Match", etag}})), "412 ConditionNotMet");
  EXPECT_EQ(content_files().size(), 2u);
}

TEST_F(Blobs, have_errors_with_code_header_and_xml) {
  const Response response = get("none", {{"x-ms-client-request-id", "me"}});
  EXPECT_EQ(outcome(response), "404 BlobNotFound");
  EXPECT_EQ(response.headers.get("Content-Type"), "application/xml");
  EXPECT_EQ(response.headers.get("x-ms-client-request-id"), "me");
  const auto error = blob::read_error_body(response.body);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "BlobNotFound");
  EXPECT_NE(error->message.find(
                "RequestId:" + std::string(response.headers.get("x-ms-request-id")) + "\nTime:"),
            std::string::npos)
      << error->message;
  const Response head = send("HEAD", path_of("none"));
  EXPECT_EQ(outcome(head), "404 BlobNotFound");
  EXPECT_EQ(head.body, "");
  const Response range = (put("b", "x"), get("b", {{"Range", "bytes=5-"}}));
  EXPECT_NE(range.body.find(range.headers.get("x-ms-request-id")), std::string::npos);
}

class BlobLists : public Blobs {
 protected:
  blob::BlobList list(const std::string& query = "") {
    const Response response = send("GET", "/cont?restype=container&comp=list" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    auto parsed = blob::read_blob_list(response.body);
    EXPECT_TRUE(parsed) << response.body;
    return parsed ? *std::move(parsed) : blob::BlobList{};
  }
  // Names and prefixes of all pages, in order of arrival.
  std::vector<std::string> walk(const std::string& query) {
    std::vector<std::string> names;
    std::string marker;
    do {
      const auto page = list(query + (marker.empty() ? "" : "&marker=" + percent_encode(marker)));
      for (const auto& item : page.blobs) names.push_back(item.name);
      for (const auto& prefix : page.prefixes) names.push_back(prefix);
      marker = page.next_marker;
    } while (!marker.empty() && names.size() < 1000);
    return names;
  }
  using Names = std::vector<std::string>;
};

TEST_F(BlobLists, tell_of_each_blob_what_it_is) {
  EXPECT_TRUE(list().blobs.empty());
  const Response stored =
      put("a/b", "12345", {{"Content-Type", "text/plain"}, {"x-ms-meta-k", "v"}});
  const auto page = list("&include=metadata");
  ASSERT_EQ(page.blobs.size(), 1u);
  const auto& item = page.blobs[0];
  EXPECT_EQ(page.container, "cont");
  EXPECT_EQ(item.name, "a/b");
  EXPECT_EQ(item.properties.content_length, 5u);
  EXPECT_EQ("\"" + item.properties.etag + "\"", stored.headers.get("ETag"));
  EXPECT_EQ(item.properties.http.content_type, "text/plain");
  EXPECT_EQ(item.properties.http.content_md5, base64_encode(md5_raw("12345")));
  EXPECT_EQ(item.metadata.at("k"), "v");
  EXPECT_TRUE(list().blobs[0].metadata.empty());
}

TEST_F(BlobLists, are_flat_or_by_directories) {
  for (const char* name : {"a", "dir/1", "dir/2", "dir/sub/3", "dir.txt", "e/4"}) put(name, "");
  EXPECT_EQ(walk(""), (Names{"a", "dir.txt", "dir/1", "dir/2", "dir/sub/3", "e/4"}));
  EXPECT_EQ(walk("&prefix=dir"), (Names{"dir.txt", "dir/1", "dir/2", "dir/sub/3"}));
  EXPECT_EQ(walk("&delimiter=/"), (Names{"a", "dir.txt", "dir/", "e/"}));
  EXPECT_EQ(walk("&delimiter=/&prefix=dir/"), (Names{"dir/1", "dir/2", "dir/sub/"}));
  EXPECT_EQ(walk("&prefix=none"), Names{});
}

TEST_F(BlobLists, give_every_name_once_at_any_page_size) {
  Names names;
  for (const char* name : {"\x01", " ", "a b", "a&b", "a+b", "a/1", "a/2", "a/3", "b", "b<c>",
                           "z%20", "ä", "€", "漢字"})
    names.push_back(name);
  for (const auto& name : names) ASSERT_EQ(outcome(put(name, "")), "201") << name;
  std::sort(names.begin(), names.end());
  for (const char* size : {"1", "3", "5000", "6000"})
    EXPECT_EQ(walk("&maxresults=" + std::string(size)), names) << size;
  for (const char* size : {"1", "2", "5000"}) {
    Names hierarchy = walk("&delimiter=/&maxresults=" + std::string(size));
    std::sort(hierarchy.begin(), hierarchy.end());
    EXPECT_EQ(hierarchy.size(), names.size() - 2) << size;
    EXPECT_EQ(std::count(hierarchy.begin(), hierarchy.end(), "a/"), 1) << size;
  }
}

TEST_F(BlobLists, go_on_when_the_blob_of_the_marker_is_gone) {
  for (const char* name : {"a", "b", "c"}) put(name, "");
  const auto first = list("&maxresults=1");
  send("DELETE", path_of("b"));
  const auto second = list("&marker=" + percent_encode(first.next_marker));
  ASSERT_EQ(second.blobs.size(), 1u);
  EXPECT_EQ(second.blobs[0].name, "c");
}

TEST_F(BlobLists, refuse_what_they_cannot_read) {
  const auto code = [&](const std::string& query) {
    return outcome(send("GET", "/cont?restype=container&comp=list" + query));
  };
  EXPECT_EQ(code("&maxresults=0"), "400 OutOfRangeQueryParameterValue");
  EXPECT_EQ(code("&maxresults=x"), "400 InvalidQueryParameterValue");
  EXPECT_EQ(code("&marker=!"), "400 InvalidQueryParameterValue");
  EXPECT_EQ(outcome(send("GET", "/none?restype=container&comp=list")), "404 ContainerNotFound");
}

}  // namespace
}  // namespace dms::service

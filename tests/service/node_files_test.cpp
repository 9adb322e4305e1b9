#include "service/node_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// <directory>/root is what may be seen; beside it lies a secret.
class NodeFilesTest : public ::testing::Test {
 protected:
  NodeFilesTest() {
    fs::create_directories(directory / "root/wd/deep");
    write("secret.txt", "secret");
    write("root/stdout.txt", "hello");
    write("root/wd/a b.txt", "blank");
    write("root/wd/ü&?#.bin", std::string("\0\1\2", 3));
    write("root/wd/deep/leaf", "");
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory / name, std::ios::binary) << text;
  }

  Words list(std::string query) {
    Words names;
    files.clear();
    for (int pages = 0; pages < 100; ++pages) {
      Request request;
      const Call call{request, {}, parse_query(query), "http://h/files"};
      const auto reply = list_files(call, root(), "http://h");
      EXPECT_TRUE(reply);
      if (!reply) break;
      const auto page = decode<batch::Page<batch::NodeFile>>(reply->body);
      EXPECT_TRUE(page);
      for (const auto& file : page->value) {
        names.push_back(file.name);
        files.emplace(file.name, file);
      }
      if (!page->next_link) break;
      query = Url::parse(*page->next_link)->query;
    }
    return names;
  }

  Result<Reply> get(const std::string& name, Headers headers = {}) {
    Request request{.headers = std::move(headers)};
    return get_file(Call{request, {}, {}, ""}, root(), name);
  }
  Result<Reply> head(const std::string& name, Headers headers = {}) {
    Request request{.method = "HEAD", .headers = std::move(headers)};
    return get_file_properties(Call{request, {}, {}, ""}, root(), name);
  }

  // What a reply's file ranges hold.
  static std::string content(const Reply& reply) {
    std::string text = reply.body;
    for (const auto& range : reply.files) {
      std::ifstream in(range.path, std::ios::binary);
      in.seekg(static_cast<std::streamoff>(range.offset));
      std::string piece(range.length, '?');
      in.read(piece.data(), static_cast<std::streamsize>(range.length));
      text += piece;
    }
    return text;
  }
  std::string slice(const std::string& range) {
    const auto reply = get("stdout.txt", {{"ocp-range", range}});
    return reply ? content(*reply) : reply.error().service_code;
  }
  static std::string code(const Result<Reply>& reply) {
    return reply ? "" : reply.error().service_code;
  }

  FileRoot root() { return {directory.path() / "root", "http://h/jobs/j/tasks/t"}; }

  TempDirectory directory;
  std::map<std::string, batch::NodeFile> files;
};

TEST_F(NodeFilesTest, lists_one_level_or_all) {
  EXPECT_EQ(list(""), (Words{"stdout.txt", "wd"}));
  EXPECT_EQ(list("recursive=false"), (Words{"stdout.txt", "wd"}));
  EXPECT_EQ(list("recursive=True"),
            (Words{"stdout.txt", "wd", "wd/a b.txt", "wd/deep", "wd/deep/leaf", "wd/ü&?#.bin"}));
}

TEST_F(NodeFilesTest, lists_what_starts_with_a_prefix) {
  EXPECT_EQ(list("recursive=true&$filter=startswith(name,'wd/d')"),
            (Words{"wd/deep", "wd/deep/leaf"}));
  EXPECT_EQ(list("recursive=true&$filter=name%20eq%20'wd'"), Words{"wd"});
}

TEST_F(NodeFilesTest, lists_by_pages) {
  const Words all = list("recursive=true");
  EXPECT_EQ(list("recursive=true&maxresults=1"), all);
  EXPECT_EQ(list("recursive=true&maxresults=4"), all);
}

TEST_F(NodeFilesTest, tells_of_each_entry_what_it_is) {
  list("recursive=true");
  const auto& text = files.at("wd/a b.txt");
  EXPECT_EQ(text.url, "http://h/jobs/j/tasks/t/files/wd%2Fa%20b.txt");
  EXPECT_EQ(text.is_directory, false);
  EXPECT_EQ(text.properties->content_length.value, 5);
  EXPECT_EQ(text.properties->content_type, "text/plain");
  EXPECT_EQ(text.properties->file_mode->substr(0, 5), "0o100");
  EXPECT_EQ(files.at("wd/ü&?#.bin").properties->content_type, "application/octet-stream");
  EXPECT_EQ(files.at("wd").is_directory, true);
  EXPECT_FALSE(files.at("wd").properties) << "directories carry no properties";
}

TEST_F(NodeFilesTest, lists_on_beside_a_directory_it_may_not_read) {
  fs::create_directory(directory / "root/aa");
  fs::permissions(directory / "root/aa", fs::perms::none);
  const Words names = list("recursive=true");
  fs::permissions(directory / "root/aa", fs::perms::owner_all);
  EXPECT_NE(std::find(names.begin(), names.end(), "wd/deep/leaf"), names.end());
}

TEST_F(NodeFilesTest, of_a_root_that_is_not_there_are_not_found) {
  Request request;
  const auto reply =
      list_files(Call{request, {}, {}, ""}, {directory.path() / "none", ""}, "http://h");
  EXPECT_EQ(code(reply), "FileNotFound");
}

TEST_F(NodeFilesTest, are_served_whole_with_their_headers) {
  const auto reply = get("stdout.txt");
  ASSERT_TRUE(reply);
  EXPECT_EQ(content(*reply), "hello");
  EXPECT_EQ(reply->headers.get("ocp-batch-file-isdirectory"), "False");
  EXPECT_EQ(reply->headers.get("ocp-batch-file-url"), "http://h/jobs/j/tasks/t/files/stdout.txt");
  EXPECT_EQ(reply->headers.get("ocp-batch-file-mode").substr(0, 5), "0o100");
  EXPECT_EQ(reply->headers.get("Content-Type"), "text/plain");
  EXPECT_TRUE(Timestamp::parse(reply->headers.get("Last-Modified")));
}

TEST_F(NodeFilesTest, are_described_to_head) {
  const auto reply = head("wd\\ü&?#.bin");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->head_length, 3u);
  EXPECT_EQ(reply->headers.get("Content-Type"), "application/octet-stream");
  EXPECT_TRUE(reply->files.empty());
  const auto directory_reply = head("wd");
  ASSERT_TRUE(directory_reply);
  EXPECT_EQ(directory_reply->headers.get("ocp-batch-file-isdirectory"), "True");
}

TEST_F(NodeFilesTest, with_odd_names_are_found) {
  EXPECT_EQ(content(*get("wd/a b.txt")), "blank");
  EXPECT_EQ(content(*get("wd/ü&?#.bin")), std::string("\0\1\2", 3));
  EXPECT_EQ(content(*get("wd/deep/leaf")), "");
}

TEST_F(NodeFilesTest, are_cut_to_a_range) {
  EXPECT_EQ(slice("bytes=0-0"), "h");
  EXPECT_EQ(slice("bytes=1-3"), "ell");
  EXPECT_EQ(slice("bytes=3-"), "lo");
  EXPECT_EQ(slice("bytes=3-99"), "lo") << "an end beyond the file's is its end";
  EXPECT_EQ(slice("bytes=5-"), "InvalidRange");
  EXPECT_EQ(slice("bytes=5-9"), "InvalidRange");
  EXPECT_EQ(slice("bytes=3-2"), "InvalidRange");
  EXPECT_EQ(slice("bytes=-2"), "InvalidRange");
  EXPECT_EQ(slice("bytes=a-b"), "InvalidRange");
  EXPECT_EQ(slice("lines=1-2"), "InvalidRange");
  EXPECT_EQ(slice("bytes=99999999999999999999-"), "InvalidRange");
  EXPECT_EQ(get("wd/deep/leaf", {{"ocp-range", "bytes=0-"}}).error().http_status, 416);
}

TEST_F(NodeFilesTest, outside_of_the_root_are_never_opened) {
  fs::create_symlink("../secret.txt", directory / "root/link");
  fs::create_symlink("..", directory / "root/up");
  fs::create_symlink("stdout.txt", directory / "root/inner");
  for (const char* name : {"../secret.txt", "wd/../../secret.txt", "wd/..",
                           "wd\\..\\..\\secret.txt", "/etc/passwd", "", "\\etc\\passwd"})
    EXPECT_EQ(code(get(name)), "InvalidUri") << name;
  EXPECT_EQ(code(get(std::string("stdout.txt\0x", 12))), "InvalidUri");
  for (const char* name : {"link", "up/secret.txt", "none", "stdout.txt/x"}) {
    EXPECT_EQ(code(get(name)), "FileNotFound") << name;
    EXPECT_EQ(code(head(name)), "FileNotFound") << name;
  }
  EXPECT_EQ(content(*get("inner")), "hello");
  const Words names = list("recursive=true");
  EXPECT_EQ(std::count(names.begin(), names.end(), "up/secret.txt"), 0);
}

TEST_F(NodeFilesTest, that_are_directories_are_not_content) {
  EXPECT_EQ(code(get("wd")), "OperationInvalidForCurrentState");
}

TEST_F(NodeFilesTest, that_are_pipes_do_not_hang_anybody) {
  ASSERT_EQ(::mkfifo((directory / "root/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(head("pipe"));
  EXPECT_EQ(code(get("pipe")), "OperationInvalidForCurrentState");
  EXPECT_EQ(list("").size(), 3u);
}

TEST_F(NodeFilesTest, answer_conditions) {
  const std::string past = "Thu, 01 Jan 2015 00:00:00 GMT";
  const std::string future = "Fri, 01 Jan 2100 00:00:00 GMT";
  EXPECT_EQ(get("stdout.txt", {{"If-Modified-Since", future}}).error().http_status, 304);
  EXPECT_TRUE(get("stdout.txt", {{"If-Modified-Since", past}}));
  EXPECT_EQ(code(head("stdout.txt", {{"If-Unmodified-Since", past}})), "ConditionNotMet");
  EXPECT_TRUE(head("stdout.txt", {{"If-Unmodified-Since", future}}));
}

std::string deleted(const FileRoot& root, RootOf owner, const std::string& name,
                    const Query& query = {}) {
  Request request{.method = "DELETE"};
  const auto reply = delete_file(Call{request, {}, query, ""}, root, owner, name);
  return reply ? "" : reply.error().service_code;
}

TEST_F(NodeFilesTest, deletes_files_and_with_recursive_what_a_directory_holds) {
  EXPECT_EQ(deleted(root(), RootOf::task, "stdout.txt"), "");
  EXPECT_EQ(deleted(root(), RootOf::task, "stdout.txt"), "FileNotFound");
  EXPECT_EQ(deleted(root(), RootOf::task, "wd\\a b.txt"), "");
  EXPECT_EQ(deleted(root(), RootOf::task, "wd"), "OperationInvalidForCurrentState");
  EXPECT_EQ(deleted(root(), RootOf::task, "wd/deep/", {{"recursive", "True"}}), "");
  EXPECT_FALSE(fs::exists(directory / "root/wd/deep"));
  EXPECT_TRUE(fs::exists(directory / "root/wd/ü&?#.bin"));
}

TEST_F(NodeFilesTest, deletes_nothing_outside_and_no_links_target) {
  fs::create_directory_symlink(directory.path(), directory / "root/out");
  fs::create_symlink(directory / "secret.txt", directory / "root/link");
  EXPECT_EQ(deleted(root(), RootOf::task, "../secret.txt"), "InvalidUri");
  EXPECT_EQ(deleted(root(), RootOf::task, "out/secret.txt"), "FileNotFound");
  EXPECT_EQ(deleted(root(), RootOf::task, "."), "InvalidUri");
  EXPECT_EQ(deleted(root(), RootOf::task, "link"), "");
  EXPECT_EQ(deleted(root(), RootOf::task, "out", {{"recursive", "true"}}), "");
  EXPECT_FALSE(fs::exists(fs::symlink_status(directory / "root/out")));
  EXPECT_TRUE(fs::exists(directory / "secret.txt"));
}

TEST_F(NodeFilesTest, deletes_nothing_of_a_nodes_agent) {
  fs::create_directories(directory / "root/volatile");
  write("root/volatile/agent.lock", "");
  fs::create_directory_symlink(directory / "root/volatile", directory / "root/wd/way");
  fs::create_directory_symlink(directory / "root", directory / "root/wd/top");
  for (const char* name : {"volatile", "./volatile", "volatile/agent.lock", "wd",
                           "wd/way/agent.lock", "wd/top/volatile"})
    EXPECT_EQ(deleted(root(), RootOf::node, name, {{"recursive", "true"}}), "Forbidden") << name;
  EXPECT_TRUE(fs::exists(directory / "root/volatile/agent.lock"));
  EXPECT_EQ(deleted(root(), RootOf::node, "wd/deep/leaf"), "");
}

}  // namespace
}  // namespace dms::service

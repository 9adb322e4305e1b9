// Readers while others write, lists of what is not committed yet, and a disk that is full.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

class BlobRaces : public BlobServiceTest {
 protected:
  void SetUp() override { create(); }
};

TEST_F(BlobRaces, a_blob_that_is_overwritten_all_the_time_is_read_whole_each_time) {
  put("a", std::string(3000, '0'));
  std::atomic<bool> over = false;
  std::jthread writer([&] {
    for (int turn = 0; !over; ++turn)
      put("a", std::string(3000, static_cast<char>('a' + turn % 20)));
  });
  int reads = 0;
  for (; reads < 1000; ++reads) {
    const auto answer = get("a");
    ASSERT_EQ(outcome(answer), "200") << reads;
    ASSERT_EQ(answer.body.size(), 3000u);
    ASSERT_EQ(answer.body.find_first_not_of(answer.body.front()), std::string::npos) << reads;
    ASSERT_EQ(answer.headers.get("Content-MD5"), base64_encode(md5_raw(answer.body)));
  }
  over = true;
}

TEST_F(BlobRaces, a_blob_that_comes_and_goes_is_there_or_it_is_not) {
  std::atomic<bool> over = false;
  std::jthread writer([&] {
    while (!over) {
      put("a", "content");
      send("DELETE", path_of("a"));
    }
  });
  for (int reads = 0; reads < 1000; ++reads) {
    const auto answer = get("a");
    if (answer.status == 200)
      ASSERT_EQ(answer.body, "content");
    else
      ASSERT_EQ(outcome(answer), "404 BlobNotFound");
  }
  over = true;
}

TEST_F(BlobRaces, lists_show_blobs_of_blocks_alone_only_when_asked) {
  for (const auto* name : {"b", "d/1"}) put(name, "x");
  for (const auto* name : {"a", "b", "c", "d/2", "e/1"})
    ASSERT_EQ(outcome(send("PUT", path_of(name) + "?comp=block&blockid=AAAA", "block")), "201");
  const auto names = [&](const std::string& query) {
    const auto list =
        blob::read_blob_list(send("GET", "/cont?restype=container&comp=list" + query).body).value();
    std::string text;
    for (const auto& item : list.blobs)
      text += item.name + ":" + std::to_string(item.properties.content_length) + " ";
    for (const auto& prefix : list.prefixes) text += prefix + " ";
    if (!list.next_marker.empty()) text += "...";
    return text;
  };
  EXPECT_EQ(names(""), "b:1 d/1:1 ");
  EXPECT_EQ(names("&include=uncommittedblobs,metadata"), "a:0 b:1 c:0 d/1:1 d/2:0 e/1:0 ");
  EXPECT_EQ(names("&include=uncommittedblobs&delimiter=/"), "a:0 b:1 c:0 d/ e/ ");
  EXPECT_EQ(names("&include=uncommittedblobs&prefix=d/"), "d/1:1 d/2:0 ");
  EXPECT_EQ(names("&include=uncommittedblobs&maxresults=2"), "a:0 b:1 ...");
  EXPECT_EQ(names("&delimiter=/&maxresults=1"), "b:1 ...");
  EXPECT_EQ(outcome(send("GET", "/cont?restype=container&comp=list&include=nonsense")),
            "400 InvalidQueryParameterValue");
}

// No file of this process grows beyond a limit while it lives.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(BlobRaces, a_full_disk_is_told_in_the_services_own_xml_and_leaves_nothing) {
  door->piece_bytes = 1000;
  for (const std::size_t size : {10'000, 100'000}) {
    Response refused;
    {
      const FileLimit limit(4096);
      refused = put("a", std::string(size, 'x'));
    }
    EXPECT_EQ(outcome(refused), "507 InsufficientStorage");
    const auto body = blob::read_error_body(refused.body);
    ASSERT_TRUE(body) << refused.body;
    EXPECT_EQ(body->code, "InsufficientStorage");
    EXPECT_NE(body->message.find("disk of the service is full"), std::string::npos);
    EXPECT_TRUE(content_files().empty());
    EXPECT_TRUE(unfinished_files().empty());
  }
  EXPECT_EQ(outcome(put("a", std::string(10'000, 'x'))), "201");
}

}  // namespace
}  // namespace dms::service

#include "core/http.h"

#include <gtest/gtest.h>

namespace dms {
namespace {

TEST(Headers, compare_names_without_regard_to_case) {
  Headers headers{{"Content-Type", "a"}, {"x", "1"}, {"X", "2"}};
  EXPECT_EQ(headers.get("content-TYPE"), "a");
  EXPECT_EQ(headers.get("X"), "1");
  EXPECT_FALSE(headers.contains("etag"));
  EXPECT_EQ(headers.get("etag"), "");
  headers.set("x", "3");
  EXPECT_EQ(std::distance(headers.begin(), headers.end()), 2);
  EXPECT_EQ(headers.get("x"), "3");
  headers.erase("X");
  EXPECT_FALSE(headers.contains("x"));
}

TEST(Percent, encodes_all_but_the_unreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("wd/a b+c%.txt"), "wd%2Fa%20b%2Bc%25.txt");
  EXPECT_EQ(percent_encode("wd/a b", Slashes::keep), "wd/a%20b");
  EXPECT_EQ(percent_encode("\xc3\xa4"), "%C3%A4");
}

TEST(Percent, decodes_what_it_encoded) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(every)), every);
}

TEST(Percent, leaves_plus_and_broken_escapes_as_they_stand) {
  EXPECT_EQ(percent_decode("a+b%2B%zz%4"), "a+b+%zz%4");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%41"), "A");
}

TEST(Url, splits_into_its_parts_and_joins_them_again) {
  const Url url =
      Url::parse("HTTPS://acct.batch.azure.com/jobs/j/files/wd%2Fa%20b?x=1&y=a%3D#f").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "acct.batch.azure.com");
  EXPECT_EQ(url.port, 443);
  EXPECT_EQ(url.path, "/jobs/j/files/wd%2Fa%20b");
  EXPECT_EQ(url.query, "x=1&y=a%3D");
  EXPECT_EQ(url.target(), "/jobs/j/files/wd%2Fa%20b?x=1&y=a%3D");
  EXPECT_EQ(url.to_string(), "https://acct.batch.azure.com/jobs/j/files/wd%2Fa%20b?x=1&y=a%3D");
}

TEST(Url, knows_ports_and_literal_addresses) {
  const Url url = Url::parse("http://[::1]:10000?comp=list").value();
  EXPECT_EQ(url.host, "[::1]");
  EXPECT_EQ(url.port, 10000);
  EXPECT_EQ(url.path, "/");
  EXPECT_EQ(url.to_string(), "http://[::1]:10000/?comp=list");
  EXPECT_EQ(Url::parse("http://h:80/").value().origin(), "http://h");
  EXPECT_EQ(Url::parse("https://h:80/").value().origin(), "https://h:80");
}

TEST(Url, refuses_what_is_no_absolute_http_url) {
  for (const std::string_view text :
       {"", "pools/p1", "ftp://h/", "http://", "http:///x", "http://h:0/", "http://h:99999/",
        "http://h:8o/", "http://h:/", "http://a b/", "http://h/\r\nX: y", "http://[::1/",
        "http://[::1]x/", "http://user:pw@h/"})
    EXPECT_FALSE(Url::parse(text)) << text;
}

TEST(Url, does_not_show_secrets_of_a_refused_text) {
  const auto url = Url::parse("ftp://me:hunter2@h/c?sig=abc%2B&sv=1");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().message.find("hunter2"), std::string::npos);
  EXPECT_EQ(url.error().message.find("abc"), std::string::npos);
}

TEST(RedactUrl, hides_signatures_wherever_they_stand) {
  EXPECT_EQ(redact_url("https://h/c/b?sv=1&sig=a%2Bb%3D&se=2"),
            "https://h/c/b?sv=1&sig=REDACTED&se=2");
  EXPECT_EQ(redact_url("https://h/c?SIG=abc"), "https://h/c?SIG=REDACTED");
  EXPECT_EQ(redact_url("https://h/c?sig=abc and https://h/d?sig=def."),
            "https://h/c?sig=REDACTED and https://h/d?sig=REDACTED");
  EXPECT_EQ(redact_url("https://h/c?sig="), "https://h/c?sig=REDACTED");
}

TEST(RedactUrl, leaves_everything_else) {
  for (const std::string_view text : {"https://h/c?design=1&sigma=2", "https://h/sig=abc",
                                      "what? & why; nothing", "", "?", "a?b=c"})
    EXPECT_EQ(redact_url(text), text);
}

TEST(Query, is_decoded_in_order_and_keeps_plus) {
  const Query query = parse_query("$filter=state%20eq%20%27a%27&&x&y=&z=a=b&p=1+2");
  const Query expected = {
      {"$filter", "state eq 'a'"}, {"x", ""}, {"y", ""}, {"z", "a=b"}, {"p", "1+2"}};
  EXPECT_EQ(query, expected);
}

TEST(Query, is_written_with_dollars_in_names_and_encoded_values) {
  EXPECT_EQ(format_query({{"$filter", "a eq '$b'"}, {"api-version", "2022-10-01.16.0"}}),
            "$filter=a%20eq%20%27%24b%27&api-version=2022-10-01.16.0");
  EXPECT_EQ(format_query({}), "");
}

TEST(Query, survives_writing_and_reading) {
  const Query query = {{"a b", "1&2=3+4"}, {"", "x"}, {"\xc3\xa4", ""}};
  EXPECT_EQ(parse_query(format_query(query)), query);
}

}  // namespace
}  // namespace dms

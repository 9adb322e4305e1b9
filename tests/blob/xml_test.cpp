#include "blob/xml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::blob {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Timestamp time_at(std::string_view text) { return Timestamp::parse(text).value(); }

BlobItem item(std::string name) {
  BlobItem out;
  out.name = std::move(name);
  out.properties.creation_time = time_at("2024-05-01T10:00:00Z");
  out.properties.last_modified = time_at("2024-05-01T11:00:00Z");
  out.properties.etag = "0x8DC69D2B1A2B3C4";
  out.properties.content_length = 5'000'000'000;
  out.properties.http.content_type = "text/plain";
  out.properties.http.content_md5 = "XrY7u+Ae7tCTyyK7j1rNww==";
  return out;
}

TEST(BlobListXml, comes_back_as_it_was) {
  BlobList list{.service_endpoint = "http://127.0.0.1:10000/acct",
                .container = "cont1",
                .prefix = "dir/",
                .marker = "m1",
                .max_results = 2,
                .delimiter = "/",
                .blobs = {item("dir/a & b <c>.txt"), item("dir/ü")},
                .prefixes = {"dir/sub/"},
                .next_marker = "2!88!xyz"};
  list.blobs[1].metadata = {{"is_symlink", "true"}, {"run", "a<b"}};
  const auto read = read_blob_list(write_blob_list(list));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, list);
}

TEST(BlobListXml, has_the_shape_that_clients_parse) {
  BlobList list{.service_endpoint = "http://h/acct", .container = "c", .blobs = {item("a")}};
  EXPECT_EQ(
      write_blob_list(list),
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
      R"(<EnumerationResults ServiceEndpoint="http://h/acct" ContainerName="c"><Prefix/><Marker/>)"
      R"(<MaxResults>5000</MaxResults><Blobs><Blob><Name>a</Name><Properties>)"
      R"(<Creation-Time>Wed, 01 May 2024 10:00:00 GMT</Creation-Time>)"
      R"(<Last-Modified>Wed, 01 May 2024 11:00:00 GMT</Last-Modified>)"
      R"(<Etag>0x8DC69D2B1A2B3C4</Etag><Content-Length>5000000000</Content-Length>)"
      R"(<Content-Type>text/plain</Content-Type><Content-Encoding/><Content-Language/>)"
      R"(<Content-MD5>XrY7u+Ae7tCTyyK7j1rNww==</Content-MD5><Cache-Control/><Content-Disposition/>)"
      R"(<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus>)"
      R"(<LeaseState>available</LeaseState><ServerEncrypted>false</ServerEncrypted>)"
      R"(</Properties></Blob></Blobs><NextMarker/></EnumerationResults>)");
}

// The layout of the published reference, with what Azure adds: a byte order mark, blanks between
// elements, and properties that this program does not know.
TEST(BlobListXml, reads_what_azure_answers) {
  const auto read = read_blob_list(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<EnumerationResults ServiceEndpoint=\"https://acct.blob.core.windows.net/\" "
      "ContainerName=\"c\">\n  <MaxResults>3</MaxResults>\n  <Blobs>\n    <Blob>\n"
      "      <Name>a.txt</Name>\n      <Properties>\n"
      "        <Last-Modified>Wed, 09 Sep 2009 09:20:02 GMT</Last-Modified>\n"
      "        <Etag>\"0x8CBFF45D8A29A19\"</Etag>\n        <Content-Length>100</Content-Length>\n"
      "        <AccessTier>Hot</AccessTier><Content-CRC64 />\n      </Properties>\n"
      "      <Metadata><Color>blue</Color></Metadata>\n"
      "    </Blob>\n    <BlobPrefix><Name>dir/</Name></BlobPrefix>\n  </Blobs>\n"
      "  <NextMarker />\n</EnumerationResults>");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->blobs.size(), 1u);
  EXPECT_EQ(read->blobs[0].name, "a.txt");
  EXPECT_EQ(read->blobs[0].properties.etag, "0x8CBFF45D8A29A19");
  EXPECT_EQ(read->blobs[0].properties.content_length, 100u);
  EXPECT_EQ(read->blobs[0].metadata, (Metadata{{"color", "blue"}}));
  EXPECT_THAT(read->prefixes, ElementsAre("dir/"));
  EXPECT_EQ(read->next_marker, "");
}

TEST(BlobListXml, reads_metadata_from_elements_only) {
  const auto read = read_blob_list(
      "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties>"
      "<Last-Modified>Wed, 09 Sep 2009 09:20:02 GMT</Last-Modified>"
      "<Content-Length>1</Content-Length></Properties>"
      "<Metadata>stray<k>v</k></Metadata></Blob></Blobs></EnumerationResults>");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->blobs.at(0).metadata, (Metadata{{"k", "v"}}));
}

TEST(BlobListXml, encodes_names_that_xml_cannot_hold) {
  const BlobList list{.blobs = {item("a\x01/b\r\n%")}};
  const auto xml = write_blob_list(list);
  EXPECT_THAT(xml, HasSubstr("<Name Encoded=\"true\">a%01%2Fb%0D%0A%25</Name>"));
  EXPECT_EQ(read_blob_list(xml).value(), list);
}

TEST(BlobListXml, keeps_a_name_of_blanks) {
  const BlobList list{.blobs = {item("  ")}};
  EXPECT_EQ(read_blob_list(write_blob_list(list)).value().blobs[0].name, "  ");
}

TEST(BlobListXml, reads_an_empty_page_with_a_next_marker) {
  const auto read = read_blob_list(
      "<EnumerationResults><Blobs/><NextMarker>next</NextMarker></EnumerationResults>");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->blobs.empty());
  EXPECT_EQ(read->next_marker, "next");
}

TEST(BlobListXml, names_the_property_that_is_wrong) {
  const auto read = read_blob_list(
      "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties>"
      "<Last-Modified>Wed, 09 Sep 2009 09:20:02 GMT</Last-Modified>"
      "<Content-Length>12x</Content-Length></Properties></Blob></Blobs></EnumerationResults>");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
  EXPECT_THAT(read.error().message, HasSubstr("<Content-Length> is not a size: '12x'"));
}

TEST(BlobListXml, refuses_other_documents) {
  EXPECT_FALSE(read_blob_list(""));
  EXPECT_FALSE(read_blob_list("{\"odata.error\":{}}"));
  EXPECT_FALSE(read_blob_list("<html></html>"));
  EXPECT_FALSE(read_blob_list("<EnumerationResults><Blobs>"));
}

TEST(ContainerListXml, comes_back_as_it_was) {
  const ContainerList list{.service_endpoint = "http://h/acct",
                           .prefix = "p",
                           .containers = {{.name = "one",
                                           .last_modified = time_at("2024-05-01T11:00:00Z"),
                                           .etag = "0x8DC",
                                           .public_access = PublicAccess::blob,
                                           .metadata = {{"k", "v"}}},
                                          {.name = "two",
                                           .last_modified = time_at("2024-05-01T11:00:01Z"),
                                           .etag = "0x8DD"}},
                           .next_marker = "n"};
  const auto xml = write_container_list(list);
  EXPECT_THAT(xml, HasSubstr("<Etag>\"0x8DC\"</Etag>"));
  EXPECT_EQ(read_container_list(xml).value(), list);
}

TEST(BlockListXml, comes_back_as_it_was) {
  const BlockList list{.committed = {{"QUFB", 10}}, .uncommitted = {{"QUFC", 4'000'000'000}}};
  EXPECT_EQ(read_block_list(write_block_list(list)).value(), list);
}

TEST(BlockListXml, leaves_out_the_part_that_was_not_asked_for) {
  const BlockList list{.committed = {{"QUFB", 10}}};
  EXPECT_THAT(write_block_list(list, BlockListParts::all),
              HasSubstr("<CommittedBlocks><Block><Name>QUFB</Name><Size>10</Size></Block>"
                        "</CommittedBlocks><UncommittedBlocks/>"));
  EXPECT_THAT(write_block_list(list, BlockListParts::committed), Not(HasSubstr("Uncommitted")));
  EXPECT_THAT(write_block_list(list, BlockListParts::uncommitted), Not(HasSubstr("<Committed")));
}

TEST(BlockRefsXml, keeps_order_and_kinds) {
  const BlockRefs refs{{BlockSource::latest, "Yg=="},
                       {BlockSource::committed, "YQ=="},
                       {BlockSource::uncommitted, "Yw=="},
                       {BlockSource::latest, "Yg=="}};
  const auto xml = write_block_refs(refs);
  EXPECT_THAT(xml, HasSubstr("<BlockList><Latest>Yg==</Latest><Committed>YQ==</Committed>"
                             "<Uncommitted>Yw==</Uncommitted><Latest>Yg==</Latest></BlockList>"));
  EXPECT_EQ(read_block_refs(xml).value(), refs);
}

TEST(BlockRefsXml, refuses_an_unknown_kind) {
  const auto read = read_block_refs("<BlockList><Newest>YQ==</Newest></BlockList>");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().service_code, "InvalidXmlDocument");
  EXPECT_THAT(read.error().message, HasSubstr("Newest"));
}

TEST(BlockRefsXml, does_not_expand_entities) {
  const auto read = read_block_refs(
      "<!DOCTYPE b [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
      "<BlockList><Latest>&x;</Latest></BlockList>");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)[0].id, "&x;");
}

TEST(ErrorXml, comes_back_as_it_was) {
  const ErrorBody error{
      "Md5Mismatch", "does not match.\nRequestId:1", {{"ServerCalculatedMd5", "x"}}};
  EXPECT_EQ(read_error_body(write_error_body(error)).value(), error);
}

TEST(AccessPoliciesXml, come_back_as_they_were) {
  const AccessPolicies policies{{.id = "a & b",
                                 .start = time_at("2029-01-01T10:00:00.1234567Z"),
                                 .expiry = time_at("2030-01-01T10:00:00Z"),
                                 .permissions = "racwdl"},
                                {.id = " "},
                                {.id = "c", .permissions = "r"}};
  EXPECT_EQ(read_access_policies(write_access_policies(policies)).value(), policies);
  EXPECT_EQ(read_access_policies(write_access_policies({})).value(), AccessPolicies{});
}

TEST(AccessPoliciesXml, write_times_as_azure_does_and_nothing_that_is_not_said) {
  EXPECT_EQ(
      write_access_policies({{.id = "a", .expiry = time_at("2030-01-01T10:00:00Z")}, {.id = "b"}}),
      R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?><SignedIdentifiers>)"
      R"(<SignedIdentifier><Id>a</Id><AccessPolicy><Expiry>2030-01-01T10:00:00.0000000Z</Expiry>)"
      R"(</AccessPolicy></SignedIdentifier><SignedIdentifier><Id>b</Id></SignedIdentifier>)"
      R"(</SignedIdentifiers>)");
}

// The clients of Microsoft write empty elements for times that they are not given.
TEST(AccessPoliciesXml, read_what_other_clients_write) {
  const auto read = read_access_policies(
      "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\n<SignedIdentifiers>\n"
      "  <SignedIdentifier><Id>a</Id><AccessPolicy><Start/><Expiry>2030-01-01T10:00Z</Expiry>\n"
      "  <Permission>r</Permission></AccessPolicy></SignedIdentifier>\n</SignedIdentifiers>");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(
      *read,
      (AccessPolicies{{.id = "a", .expiry = time_at("2030-01-01T10:00:00Z"), .permissions = "r"}}));
  const auto bad = read_access_policies(
      "<SignedIdentifiers><SignedIdentifier><Id>a</Id><AccessPolicy><Expiry>soon</Expiry>"
      "</AccessPolicy></SignedIdentifier></SignedIdentifiers>");
  EXPECT_EQ(bad.error().code, Code::corrupt);
  EXPECT_THAT(bad.error().message, HasSubstr("<Expiry>: 'soon'"));
}

}  // namespace
}  // namespace dms::blob

// Who may do what with blobs. Fixture: tests/service/blob_fixture.h.
#include "tests/service/blob_fixture.h"

namespace dms::service {
namespace {

class BlobAccess : public BlobServiceTest {
 protected:
  void SetUp() override {
    create();
    put("b", "text");
  }

  // Performs each operation with a fresh SAS of these letters; the names of those that were let in.
  std::string allowed_by(const std::string& letters) {
    put("b", "text");
    send("DELETE", path_of("new"));
    const std::string sas = container_sas(letters);
    const Headers block_blob{{"x-ms-blob-type", "BlockBlob"}};
    const std::tuple<const char*, const char*, std::string, std::string> operations[] = {
        {"read", "GET", path_of("b") + "?", ""},
        {"head", "HEAD", path_of("b") + "?", ""},
        {"blocks", "GET", path_of("b") + "?comp=blocklist&", ""},
        {"list", "GET", "/cont?restype=container&comp=list&", ""},
        {"create", "PUT", path_of("new") + "?", "x"},
        {"overwrite", "PUT", path_of("b") + "?", "x"},
        {"stage", "PUT", path_of("b") + "?comp=block&blockid=QQ==&", "x"},
        {"commit", "PUT", path_of("b") + "?comp=blocklist&", blob::write_block_refs({})},
        {"delete", "DELETE", path_of("b") + "?", ""},
        {"properties", "GET", "/cont?restype=container&", ""},
        {"drop", "DELETE", "/cont?restype=container&", ""},
        {"containers", "GET", "/?comp=list&", ""}};
    std::string names;
    for (const auto& [name, method, target, body] : operations) {
      const Response response = send_open(method, target + sas, body, block_blob);
      if (response.status < 300)
        names.append(names.empty() ? "" : " ").append(name);
      else
        EXPECT_EQ(response.status, 403) << letters << " " << name << " " << response.body;
    }
    return names;
  }
};

TEST_F(BlobAccess, a_sas_opens_what_its_letters_say) {
  EXPECT_EQ(allowed_by("r"), "read head blocks");
  EXPECT_EQ(allowed_by("l"), "list");
  EXPECT_EQ(allowed_by("c"), "create stage");
  EXPECT_EQ(allowed_by("w"), "create overwrite stage commit");
  EXPECT_EQ(allowed_by("d"), "delete");
  EXPECT_EQ(allowed_by("a"), "");
  EXPECT_EQ(allowed_by("racwdl"), "read head blocks list create overwrite stage commit delete");
}

TEST_F(BlobAccess, a_sas_is_for_its_container_or_blob_only) {
  create("other");
  put("c", "text");
  const std::string container = container_sas("r", "other");
  EXPECT_EQ(outcome(send_open("GET", path_of("b") + "?" + container)), "403 AuthenticationFailed");
  const std::string one = blob::make_blob_sas(
      key(), "cont", "b", {.permissions = "r", .expiry = {clock.now().at + std::chrono::hours(1)}});
  EXPECT_EQ(send_open("GET", path_of("b") + "?" + one).body, "text");
  EXPECT_EQ(outcome(send_open("GET", path_of("c") + "?" + one)), "403 AuthenticationFailed");
}

TEST_F(BlobAccess, a_sas_has_its_time_and_its_key) {
  const std::string sas = container_sas("rw");
  const SharedKey wrong{"store", std::string(64, 'x')};
  const std::string forged = blob::make_container_sas(
      wrong, "cont", {.permissions = "r", .expiry = {clock.now().at + std::chrono::hours(1)}});
  EXPECT_EQ(outcome(send_open("GET", path_of("b") + "?" + forged)), "403 AuthenticationFailed");
  std::string stretched = sas;
  stretched.replace(stretched.find("sp=rw"), 5, "sp=rwd");
  EXPECT_EQ(outcome(send_open("GET", path_of("b") + "?" + stretched)), "403 AuthenticationFailed");
  EXPECT_EQ(send_open("GET", path_of("b") + "?" + sas).status, 200);
  clock.advance(std::chrono::hours(2));
  EXPECT_EQ(outcome(send_open("GET", path_of("b") + "?" + sas)), "403 AuthenticationFailed");
}

TEST_F(BlobAccess, a_refused_write_does_not_take_the_body) {
  Request head = request("PUT", path_of("b"), "", {{"x-ms-blob-type", "BlockBlob"}});
  EXPECT_TRUE(service->plan(head).refusal) << "nobody";
  head.url.query = container_sas("r");
  const BodyPlan plan = service->plan(head);
  ASSERT_TRUE(plan.refusal);
  EXPECT_EQ(plan.refusal->status, 403);
  EXPECT_FALSE(plan.upload);
  EXPECT_EQ(unfinished_files().size(), 0u);
}

TEST_F(BlobAccess, nobody_reads_what_is_private) {
  EXPECT_EQ(send_open("GET", path_of("b")).status, 401);
  EXPECT_EQ(outcome(send_open("GET", path_of("b"))), "401 NoAuthenticationInformation");
  EXPECT_EQ(outcome(send_open("GET", path_of("b", "none"))), "401 NoAuthenticationInformation")
      << "not even whether it is there";
  EXPECT_EQ(outcome(send_open("PUT", "/more?restype=container")),
            "401 NoAuthenticationInformation");
  EXPECT_EQ(outcome(send_open("DELETE", path_of("b"))), "401 NoAuthenticationInformation");
  EXPECT_EQ(outcome(send_open("GET", "/?comp=list")), "401 NoAuthenticationInformation");
}

TEST_F(BlobAccess, everybody_reads_what_is_public) {
  create("blobs", {{"x-ms-blob-public-access", "blob"}});
  create("lists", {{"x-ms-blob-public-access", "container"}});
  for (const char* container : {"blobs", "lists"}) {
    ASSERT_EQ(
        outcome(send("PUT", path_of("b", container), "open", {{"x-ms-blob-type", "BlockBlob"}})),
        "201");
    EXPECT_EQ(send_open("GET", path_of("b", container)).body, "open");
    EXPECT_EQ(send_open("HEAD", path_of("b", container)).status, 200);
    EXPECT_EQ(
        send_open("PUT", path_of("b", container), "x", {{"x-ms-blob-type", "BlockBlob"}}).status,
        401);
    EXPECT_EQ(send_open("DELETE", path_of("b", container)).status, 401);
  }
  EXPECT_EQ(send_open("GET", "/blobs?restype=container&comp=list").status, 401);
  EXPECT_EQ(send_open("GET", "/lists?restype=container&comp=list").status, 200);
  EXPECT_EQ(send("HEAD", "/lists?restype=container").headers.get("x-ms-blob-public-access"),
            "container");
}

TEST_F(BlobAccess, another_key_is_refused) {
  Signed wrong(*door, {"store", std::string(64, 'x')}, Protocol::blob, clock);
  EXPECT_EQ(outcome(*wrong.send(request("GET", path_of("b")))), "403 AuthenticationFailed");
  EXPECT_EQ(outcome(send_open("GET", path_of("b"), "", {{"Authorization", "Basic x"}})),
            "400 InvalidAuthenticationInfo");
}

TEST_F(BlobAccess, another_account_does_not_exist) {
  for (const char* path : {"/other/cont/b", "/storex/cont/b", "/stor", "/"}) {
    Request wrong = request("GET", "");
    wrong.url.path = path;
    const auto answer = client->send(wrong);
    ASSERT_TRUE(answer);
    EXPECT_EQ(outcome(*answer), "404 ResourceNotFound") << path;
  }
}

TEST_F(BlobAccess, a_sas_can_set_headers_of_the_answer) {
  blob::SasFields fields{.sv = "2021-12-02",
                         .se = Timestamp{clock.now().at + std::chrono::hours(1)}.iso8601(),
                         .sr = "c",
                         .sp = "r",
                         .rscd = "attachment",
                         .rsct = "text/x-own"};
  const std::string text = blob::sas_string_to_sign(fields, "store", {.container = "cont"});
  const Query query{{"sv", fields.sv},
                    {"se", fields.se},
                    {"sr", fields.sr},
                    {"sp", fields.sp},
                    {"rscd", fields.rscd},
                    {"rsct", fields.rsct},
                    {"sig", signature(key(), text)}};
  const Response response = send_open("GET", path_of("b") + "?" + format_query(query));
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.headers.get("Content-Type"), "text/x-own");
  EXPECT_EQ(response.headers.get("Content-Disposition"), "attachment");
}

TEST_F(BlobAccess, an_account_sas_opens_containers_themselves_where_it_says_so) {
  const auto sas = [&](std::string_view types, const std::string& letters) {
    return blob::make_account_sas(
        key(), types, {.permissions = letters, .expiry = {clock.now().at + std::chrono::hours(1)}});
  };
  EXPECT_EQ(outcome(send_open("PUT", "/made?restype=container&" + sas("c", "c"))), "201");
  EXPECT_EQ(outcome(send_open("PUT", "/more?restype=container&" + sas("c", "r"))),
            "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(outcome(send_open("PUT", "/more?restype=container&" + sas("so", "c"))),
            "403 AuthorizationResourceTypeMismatch");
  EXPECT_EQ(outcome(send_open("GET", "/?comp=list&" + sas("s", "l"))), "200");
  EXPECT_EQ(outcome(send_open("GET", "/?comp=list&" + sas("co", "l"))),
            "403 AuthorizationResourceTypeMismatch");
  EXPECT_EQ(outcome(send_open("GET", "/made?restype=container&comp=list&" + sas("c", "l"))), "200");
  EXPECT_EQ(outcome(send_open("HEAD", "/made?restype=container&" + sas("c", "r"))), "200");
  const Headers block_blob{{"x-ms-blob-type", "BlockBlob"}};
  EXPECT_EQ(outcome(send_open("PUT", "/made/a?" + sas("o", "c"), "x", block_blob)), "201");
  EXPECT_EQ(outcome(send_open("PUT", "/made/a?" + sas("o", "c"), "y", block_blob)),
            "403 AuthorizationPermissionMismatch");
  EXPECT_EQ(send_open("GET", "/made/a?" + sas("o", "r")).body, "x");
  EXPECT_EQ(outcome(send_open("DELETE", "/made?restype=container&" + sas("c", "d"))), "202");
}

}  // namespace
}  // namespace dms::service

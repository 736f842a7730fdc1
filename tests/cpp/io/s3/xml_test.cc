#include "io/s3/xml.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace fruits::io {
namespace {

constexpr char kListing[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix/><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
  <Contents><Key>b%2Bc+d%25.jpg</Key><LastModified>2009-10-12T17:50:30.123Z</LastModified>
    <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>
    <Owner><ID>x</ID><DisplayName>y</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>
  <Contents><Key>a%01%2F%2F</Key><Size>0</Size></Contents>
  <CommonPrefixes><Prefix>z%2F</Prefix></CommonPrefixes><CommonPrefixes><Prefix>p+q/</Prefix></CommonPrefixes>
</ListBucketResult>)";

TEST(Xml, ReadsAListing) {
  const auto page = ParseListing(kListing);
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->entries.size(), 2u);
  EXPECT_EQ(page->entries[0].key, "a\x01//");
  EXPECT_EQ(page->entries[1].key, "b+c d%.jpg");
  EXPECT_EQ(page->entries[1].object.size_bytes, 434234u);
  EXPECT_EQ(page->entries[1].object.etag, "fba9dede5f27731c9771645a39863328");
  EXPECT_EQ(page->entries[1].object.mtime_ns, 1'255'369'830'000'000'000);
  EXPECT_EQ(page->prefixes, (std::vector<std::string>{"p q/", "z/"}));
  EXPECT_EQ(page->next_token, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=");
}

TEST(Xml, KeysWithoutEncodingAreAsTheyAre) {
  const auto page = ParseListing(
      "<ListBucketResult><IsTruncated>false</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
      "<Contents><Key>a+b%20&amp;&#xC4;&#196;&lt;</Key><Size>1</Size></Contents></ListBucketResult>");
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_EQ(page->entries[0].key, "a+b%20&\xC3\x84\xC3\x84<");
  EXPECT_EQ(page->next_token, "");
}

TEST(Xml, ReadsAListOfUploads) {
  const std::string begin = "<ListMultipartUploadsResult><EncodingType>url</EncodingType>";
  const std::string upload =
      "<Upload><Key>out/a+b%25</Key><UploadId>i+1</UploadId><Owner><ID>x</ID></Owner></Upload>";
  const std::string end = "</ListMultipartUploadsResult>";
  const auto page = ParseUploads(begin + "<IsTruncated>true</IsTruncated><NextKeyMarker>a+b</NextKeyMarker>" +
                                 "<NextUploadIdMarker>i+1</NextUploadIdMarker>" + upload + upload + end);
  ASSERT_TRUE(page) << page.error().message();
  ASSERT_EQ(page->uploads.size(), 2u);
  EXPECT_EQ(page->uploads[0].key, "out/a b%");
  EXPECT_EQ(page->uploads[0].upload, "i+1");
  EXPECT_EQ(page->next_key, "a b");
  EXPECT_EQ(page->next_upload, "i+1");
  const auto last =
      ParseUploads(begin + "<IsTruncated>false</IsTruncated><NextKeyMarker>a</NextKeyMarker>" + end);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->uploads.empty() && last->next_key.empty());
  for (const char* inside : {"", "<IsTruncated>true</IsTruncated>",
                             "<IsTruncated>false</IsTruncated><Upload><Key>a</Key></Upload>"}) {
    EXPECT_EQ(ParseUploads(begin + inside + end).error().code(), ErrorCode::kCorrupt) << inside;
  }
}

TEST(Xml, RefusesListingsThatLackSomething) {
  const std::string begin = "<ListBucketResult>";
  const std::string end = "</ListBucketResult>";
  const std::string whole = "<IsTruncated>false</IsTruncated>";
  ASSERT_TRUE(ParseListing(begin + whole + end));
  for (const std::string& inside : std::initializer_list<std::string>{
           "", "<IsTruncated>maybe</IsTruncated>", "<IsTruncated>true</IsTruncated>",
           whole + "<Contents><Key>a</Key></Contents>", whole + "<Contents><Size>1</Size></Contents>",
           whole + "<Contents><Key>a</Key><Size>-1</Size></Contents>",
           whole + "<Contents><Key>a</Key><Size>99999999999999999999</Size></Contents>",
           whole + "<Contents><Key>a</Key><Size>1</Size><LastModified>now</LastModified></Contents>",
           whole + "<EncodingType>url</EncodingType><Contents><Key>a%2</Key><Size>1</Size></Contents>",
           whole + "<Contents><Key>a&nbsp;</Key><Size>1</Size></Contents>",
           whole + "<Contents><Key>a&#0;</Key><Size>1</Size></Contents>"}) {
    const auto page = ParseListing(begin + inside + end);
    ASSERT_FALSE(page) << inside;
    EXPECT_EQ(page.error().code(), ErrorCode::kCorrupt);
  }
}

TEST(Xml, RefusesWhatIsNotWellFormed) {
  for (const char* text : {"",
                           " ",
                           "<",
                           "<>",
                           "</a>",
                           "<a>",
                           "<a></b>",
                           "<a></a></a>",
                           "<a/><b/>",
                           "x<a/>",
                           "<a/>x",
                           "<a b></a>",
                           "<a b=c></a>",
                           "<a b=\"c></a>",
                           "<a b=\"c\"d=\"e\"/>",
                           "<a>&amp</a>",
                           "<a><!DOCTYPE x></a>",
                           "<!DOCTYPE a><a/>",
                           "<a><!-- </a>",
                           "<?xml <a/>",
                           "<html><body>Bad gateway</html>"}) {
    XmlReader reader(text);
    auto event = reader.Next();
    while (event && *event != XmlReader::Event::kEnd) event = reader.Next();
    EXPECT_FALSE(event) << text;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_FALSE(ParseListing(deep));
  EXPECT_FALSE(ParseListing("<ListBucketResult><!--" + std::string(1'000'000, '-')));
}

TEST(Xml, EveryCutOfAListingIsRefused) {
  const std::string whole = kListing;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(ParseListing(whole.substr(0, size))) << size;
}

TEST(Xml, DamagedListingsNeverHurt) {
  std::mt19937 random(7);
  const std::string marks = "<>&;/\"'=%+ ?!-a0";
  for (int i = 0; i < 20'000; ++i) {
    std::string text = kListing;
    for (int change = 0; change < 3; ++change) {
      text[random() % text.size()] =
          random() % 2 ? marks[random() % marks.size()] : static_cast<char>(random());
    }
    (void)ParseListing(text);
    (void)ParseError(text);
  }
}

TEST(Xml, ReadsErrors) {
  const auto error = ParseError(
      "<?xml version=\"1.0\"?>\n<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'a' is "
      "wrong; "
      "expecting 'b'</Message><Region>b</Region><RequestId>1</RequestId></Error>\n");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "AuthorizationHeaderMalformed");
  EXPECT_EQ(error->message, "the region 'a' is wrong; expecting 'b'");
  EXPECT_EQ(error->region, "b");
  EXPECT_FALSE(ParseError("<html>502</html>"));
  EXPECT_FALSE(ParseError("<Error><Message>x</Message></Error>"));
  EXPECT_FALSE(ParseError(""));
}

TEST(Xml, ReadsOneChild) {
  EXPECT_EQ(ParseChild("<R><UploadId>a/b+=</UploadId></R>", "R", "UploadId").value(), "a/b+=");
  EXPECT_FALSE(ParseChild("<R><UploadId></UploadId></R>", "R", "UploadId"));
  EXPECT_FALSE(ParseChild("<S><UploadId>a</UploadId></S>", "R", "UploadId"));
}

TEST(Xml, ReadsTimes) {
  EXPECT_EQ(ParseIsoTime("1970-01-01T00:00:01.000Z"), 1'000'000'000);
  EXPECT_EQ(ParseIsoTime("2024-02-29T12:00:00Z"), 1'709'208'000'000'000'000);
  for (const char* text : {"", "2023-02-29T12:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01 00:00:00Z",
                           "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseIsoTime(text)) << text;
  }
}

}  // namespace
}  // namespace fruits::io

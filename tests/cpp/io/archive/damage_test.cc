// Archives that are cut, damaged or made to do harm: what can be read is read, what cannot is bad alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archives.h"

namespace fruits::io {
namespace {

using namespace test;
using testing::HasSubstr;

std::string WhyBad(const Opened& opened, std::size_t member) {
  std::vector<std::byte> body;
  const Status read = opened.archive->Read(member, body, 0);
  EXPECT_FALSE(read);
  if (read) return "";
  EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
  return read.error().message();
}

TEST(DamagedTar, GivesTheMembersBeforeTheCut) {
  FRUITS_REQUIRE_ARCHIVES();
  const Opened cut = OpenMade("bad/cut.tar");
  ASSERT_TRUE(cut.archive);
  EXPECT_THAT(cut.problem, HasSubstr("cut short"));
  ASSERT_EQ(cut.archive->members().size(), 21U);
  EXPECT_EQ(GoodMembers(*cut.archive), 20U);
  EXPECT_EQ(WhyBad(cut, 20), "bad/cut.tar!/20.jpg: its end is missing in the archive");

  const Opened no_mark = OpenMade("bad/no_mark.tar");
  EXPECT_THAT(no_mark.problem, HasSubstr("no end mark"));
  EXPECT_EQ(GoodMembers(*no_mark.archive), 30U);
}

TEST(DamagedTar, ADamagedHeaderLosesItsMemberAlone) {
  FRUITS_REQUIRE_ARCHIVES();
  const Opened opened = OpenMade("bad/header.tar");
  EXPECT_THAT(opened.problem, HasSubstr("damaged headers at 1 places"));
  EXPECT_EQ(opened.archive->members().size(), 29U);
  EXPECT_EQ(GoodMembers(*opened.archive), 29U);
}

TEST(DamagedTarGz, GivesWhatCameOut) {
  FRUITS_REQUIRE_ARCHIVES();
  const Opened cut = OpenMade("bad/cut.tar.gz");
  ASSERT_TRUE(cut.archive);
  EXPECT_THAT(cut.problem, HasSubstr("it is cut short"));
  const std::size_t members = cut.archive->members().size();
  EXPECT_GE(members, 10U);
  EXPECT_LT(members, 20U);
  EXPECT_GE(GoodMembers(*cut.archive), members - 1);
  const Opened checksum = OpenMade("bad/checksum.tar.gz");
  EXPECT_THAT(checksum.problem, HasSubstr("checksum"));
  EXPECT_EQ(GoodMembers(*checksum.archive), 30U);
}

TEST(DamagedZip, IsReadWithoutItsDirectory) {
  FRUITS_REQUIRE_ARCHIVES();
  for (const char* name : {"bad/cut.zip", "bad/cut_stream.zip"}) {
    const Opened cut = OpenMade(name);
    ASSERT_TRUE(cut.archive) << cut.error.message();
    EXPECT_THAT(cut.problem, HasSubstr("its directory is missing"));
    const std::size_t members = cut.archive->members().size();
    EXPECT_GE(members, 13U);
    EXPECT_LE(members, 17U);
    EXPECT_GE(GoodMembers(*cut.archive), members - 1) << name;
  }
}

TEST(DamagedZip, AMemberIsBadAlone) {
  FRUITS_REQUIRE_ARCHIVES();
  const Opened body = OpenMade("bad/body.zip");
  EXPECT_EQ(body.problem, "");
  EXPECT_EQ(GoodMembers(*body.archive), 29U);
  const Opened secret = OpenMade("bad/secret.zip");
  EXPECT_EQ(GoodMembers(*secret.archive), 29U);
  EXPECT_EQ(WhyBad(secret, 0), "bad/secret.zip!/00.jpg: it is encrypted");
  const Opened overlap = OpenMade("bad/overlap.zip");
  EXPECT_EQ(GoodMembers(*overlap.archive), 28U);
  EXPECT_THAT(WhyBad(overlap, 0), HasSubstr("overlaps"));
  EXPECT_THAT(WhyBad(overlap, 1), HasSubstr("its header is damaged"));
  const Opened method = OpenMade("good/bzip2.zip");
  EXPECT_THAT(WhyBad(method, 0), HasSubstr("compression method 12"));
}

TEST(DamagedZip, ABombIsStoppedAtItsClaim) {
  FRUITS_REQUIRE_ARCHIVES();
  const Opened liar = OpenMade("bad/liar.zip");
  EXPECT_THAT(WhyBad(liar, 0), HasSubstr("more comes out than its size"));
}

TEST(DamagedParquet, GivesTheRowsBeforeTheDamage) {
  FRUITS_REQUIRE_ARCHIVES();
  EXPECT_THAT(OpenMade("bad/half.parquet").error.message(), HasSubstr("half.parquet"));
  EXPECT_THAT(OpenMade("bad/labels.parquet").error.message(), HasSubstr("a column bytes"));
  const Opened page = OpenMade("bad/page.parquet");
  ASSERT_TRUE(page.archive) << page.error.message();
  EXPECT_NE(page.problem, "");
  EXPECT_EQ(page.archive->members().size(), 300U);
  const std::size_t good = GoodMembers(*page.archive);
  EXPECT_GE(good, 200U);  // two row groups of three, and those of the third before the page
  EXPECT_LT(good, 300U);
}

std::string TarHeader(std::string_view name, std::string_view size, char type = '0') {
  std::string block(512, '\0');
  block.replace(0, name.size(), name);
  block.replace(124, size.size(), size);
  block[156] = type;
  block.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06o", sum);
  block.replace(148, 6, digits);
  block[154] = '\0';
  return block;
}

TEST(HostileTar, SizesBeyondTheArchive) {
  const std::string huge = "\x80" + std::string(3, '\0') + "\x3f" + std::string(7, '\xff');
  for (const std::string& size : {std::string("77777777777"), huge}) {
    const Opened opened = OpenBytes("a.tar", TarHeader("a.jpg", size) + std::string(2048, '\0'));
    ASSERT_TRUE(opened.archive);
    EXPECT_NE(opened.problem, "");
    EXPECT_THAT(WhyBad(opened, 0), HasSubstr("its end is missing"));
  }
  const std::string negative = std::string(12, '\xff');
  EXPECT_FALSE(OpenBytes("a.tar", TarHeader("a.jpg", negative)).archive);
}

TEST(HostileTar, NamesAndLinks) {
  const std::string end(1024, '\0');
  const Opened names = OpenBytes(
      "a.tar", TarHeader("//./../../etc/passwd", "0") + TarHeader("./", "0") + TarHeader("", "0") + end);
  ASSERT_TRUE(names.archive);
  EXPECT_EQ(Names(*names.archive), std::vector<std::string>{"../../etc/passwd"});
  EXPECT_THAT(names.problem, HasSubstr("without a name"));
  std::string link = TarHeader("b.jpg", "0", '1');
  const Opened links = OpenBytes("a.tar", link + end);
  EXPECT_THAT(WhyBad(links, 0), HasSubstr("hard link"));
}

TEST(HostileTar, DamagedPaxHeaders) {
  const std::string end(1024, '\0');
  for (const std::string pax : {"99 path=x\n", "0 path=x\n", "-1 a=b\n", "9 path=xy", "11 size=x12\n",
                                "18446744073709551615 a=b\n", "5 =x\n"}) {
    std::string data = pax;
    data.resize(512);
    const std::string size = "0000000" + std::string(1, static_cast<char>('0' + pax.size() / 8)) +
                             std::string(1, static_cast<char>('0' + pax.size() % 8));
    const Opened opened =
        OpenBytes("a.tar", TarHeader("pax", size, 'x') + data + TarHeader("a.jpg", "0") + end);
    ASSERT_TRUE(opened.archive);
    EXPECT_THAT(opened.problem, HasSubstr("damaged headers")) << pax;
    EXPECT_EQ(Names(*opened.archive), std::vector<std::string>{"a.jpg"});
  }
  const Opened large = OpenBytes("a.tar", TarHeader("x", "70000000000", 'L') + end);
  ASSERT_TRUE(large.archive);
  EXPECT_THAT(large.problem, HasSubstr("at most 1048576 are read"));
}

// A billion entries claimed in 22 bytes.
TEST(HostileZip, CountsAreNotBelieved) {
  std::string end("PK\x05\x06", 4);
  end += std::string("\0\0\0\0\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0", 18);
  const Opened opened = OpenBytes("a.zip", end);
  ASSERT_TRUE(opened.archive) << opened.error.message();
  EXPECT_TRUE(opened.archive->members().empty());
  EXPECT_THAT(opened.problem, HasSubstr("0 members of 65535"));
}

}  // namespace
}  // namespace fruits::io

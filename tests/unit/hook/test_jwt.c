/*
 * test_jwt.c -- JSON Web Tokens, made with another implementation; and what is near them.
 */
#include "base/str.h"
#include "hook/verify.h"
#include "json/json.h"
#include "support/common.h"

#include <string.h>

#define NOW_S 1764450000

/* Keys that several rows have: of RSA and P-256 as PEM, and a set of all three kinds. */
#define KEY_SET                                                                                    \
	"{\"keys\":[{\"crv\":\"Ed25519\",\"x\":\"PRnP2o7G7KCOj0ho0wBqkXxSsE12EBrnZf05-ExZeMI"      \
	"\",\"kty\":\"OKP\",\"kid\":\"e\"},{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizez"     \
	"cFdZCESpBN1srgVWU\",\"y\":\"5M_suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\""     \
	"P-256\",\"kid\":\"c\"},{\"kty\":\"RSA\",\"n\":\"pP9dx0AMv-qTLby6h_9NQ2-GypcWZXbUbIMJ"     \
	"2gTPbtFRgdq5IQmDlaIy2926wAl6IR54_Q6x1P77POtpFVWOqlMGYKPJGdmv_0E_VlW2frpIN0wsnzk10yKQ"     \
	"ytKlZjp-5RPb3UXDnZtiV45Ykfjc1Yye7yTi8VJood0DbMaI2ouFcOV0jLheOynP-HDz1EX4GA_0uPmC9-mM"     \
	"5F4hBFvAOgNdMDLU-L1ZXX4x_ZZz1gfBf161jOelCASPjGQmX8xTt5JFbl2c5uHEW7E2birrjaWXr2WsXLQH"     \
	"NggtdJZHAYUHZnPp_CT1Z-as_8qryWu70yBR2Nmn9skZuxWchVNCMw\",\"e\":\"AQAB\",\"kid\":\"r"      \
	"\"}]}"
#define P256_PEM                                                                                   \
	"-----BEGIN PUBLIC KEY-----\n"                                                             \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpn4FbJx3B5JJSrdUOMr+OZizezcF\n"                       \
	"dZCESpBN1srgVWXkz+y5WDDZHzWLKEX/swHS9PvzYRXNTGJHCKGK40vTFQ==\n"                           \
	"-----END PUBLIC KEY-----\n"
#define RSA_PEM                                                                                    \
	"-----BEGIN PUBLIC KEY-----\n"                                                             \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApP9dx0AMv+qTLby6h/9N\n"                       \
	"Q2+GypcWZXbUbIMJ2gTPbtFRgdq5IQmDlaIy2926wAl6IR54/Q6x1P77POtpFVWO\n"                       \
	"qlMGYKPJGdmv/0E/VlW2frpIN0wsnzk10yKQytKlZjp+5RPb3UXDnZtiV45Ykfjc\n"                       \
	"1Yye7yTi8VJood0DbMaI2ouFcOV0jLheOynP+HDz1EX4GA/0uPmC9+mM5F4hBFvA\n"                       \
	"OgNdMDLU+L1ZXX4x/ZZz1gfBf161jOelCASPjGQmX8xTt5JFbl2c5uHEW7E2birr\n"                       \
	"jaWXr2WsXLQHNggtdJZHAYUHZnPp/CT1Z+as/8qryWu70yBR2Nmn9skZuxWchVNC\n"                       \
	"MwIDAQAB\n"                                                                               \
	"-----END PUBLIC KEY-----\n"

static const struct {
	const char *what, *secret, *header;
	enum ty_hook_result result;
} tokens[] = {
	{ "HS256", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "mc314GXGsrIjZFNjGK4tSJAWJhAk0OQg_GuV1vxhCpQ",
	  TY_HOOK_OK },
	{ "no times", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.qqX-cbDsvSXG46NaGiR1xKx8pML59FtPI4x-qju5iVA",
	  TY_HOOK_OK },
	{ "RS256, PEM", RSA_PEM,
	  "Bearer "
	  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "Tc7lFTulkX7iJsZlH5XBWGnwfalyM8qATBECw-jOrNrTEAnRIYymSsk-"
	  "af5ltcoCp1bQh0C5vfneqObWm5zjLOVMqinEodRdcmFEL_YR7VDF9589COYNWI5sn_"
	  "yuKapajwHCRdcu1XztBQkcmNyTn5qLGZdjP8XgKbge41bluJIz72lYseI1WmtAZ6a4LdE72v5c50RRozZebW09fg"
	  "CqFlbk8tLkdKkL6MUVM0xbrN3uYKQIJJCwKiluYONMVe0MgIi2aimb2qfM1YVv7aNUH3oneRKRafnIkoeWmjVoxS"
	  "sFl0U6OO6EnSwi-g3BRFCOsaHUI2fDvRVUlAx2VJG45Q",
	  TY_HOOK_OK },
	{ "ES256, PEM", P256_PEM,
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.KGp8t5lCWlkx3_"
	  "xibZqZONDDYHU0zbUc4Xx5FxT44tNFs4C0cCH5K57wblJ91fQNqcNZSBLx4tImXQ9EtU5xJQ",
	  TY_HOOK_OK },
	{ "EdDSA, PEM",
	  "-----BEGIN PUBLIC "
	  "KEY-----\nMCowBQYDK2VwAyEAPRnP2o7G7KCOj0ho0wBqkXxSsE12EBrnZf05+ExZeMI=\n-----END PUBLIC "
	  "KEY-----\n",
	  "Bearer "
	  "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.Jb9jwUeB6BLfK-"
	  "E8lstHj3SQjt2f7GLB5e52a9mT-n0Z6r9IooyZ7fyKWOD6O74inLNcO7lBo-47OfztWItwDw",
	  TY_HOOK_OK },
	{ "RS256, of a set", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InIifQ."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.W37dCXs95Yqm-"
	  "NsRHdZXTNlWHfahiRjOVnVaA3Fqt0ac5qULgKd9D52fw1MD4niT-FiOHOMWq60QH3Dxrcmfi_UrKHwH52zuJ_"
	  "HTsROK3uvOFHW4sJw6fAZ-1QlR6i8rFUe2rmi6O3lx5WQNyJofBgEm25_"
	  "mBg9I7AXMIEQAAHNFQVmdPjpQukbX9gz1HYf-_bhQsxvFowW0rbNDIFCCKXyjY3vUd4ETjAggM8kdY-"
	  "1bUHNHmA1K1zSYT_bM6lqPXZvoqa944eEZlWAaXRQC8t_"
	  "oTtbp7ftuBDVczKkchyVSQmRdtUpTnwGt6TMZhKhphddPBioXzymZ9VP0M_a7rg",
	  TY_HOOK_OK },
	{ "ES256, of a set, no key id", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.2ZhiQ_n2FCa-Y4BtwMeOFn8d-"
	  "bYk_36q6fKTTRBvmbg7z2Zy5BUfA9n2GmQ0pLlsPI8Hc3APpHNA6fN73HIFCQ",
	  TY_HOOK_OK },
	{ "EdDSA, of a set", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6ImUifQ."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.8i8Mhz_9WnfOrSSIs-"
	  "6iAENmNjLHLF1u16RDuf5yWIvR5eC2M3dIO4lUGrAM-Ak7O3slB40K3WfZfS7T6dwJCw",
	  TY_HOOK_OK },
	{ "a key by itself",
	  "{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_"
	  "suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\"P-256\",\"kid\":\"c\"}",
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImMifQ."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.X6Itz8_"
	  "hmfpCcIJISXai4Bjing1FgmtjygnAVnyCLL0fY7J2DbyTa6JYX5Um2aI4oiYSxYSFBhwZZp1SO7fUOA",
	  TY_HOOK_OK },
	{ "another key id", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InIifQ."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.DmFt-"
	  "pAikrygzybFZboXRhmMTnPmkwobf8NBiSCtbUIQTvFTB5n_2t68MXjIklagTVjN0vfKnB4xZj0NDAiKnQ",
	  TY_HOOK_MISMATCH },
	{ "an id that is not in the set", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IngifQ."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "sJ5Z7vScJVMxfkOlNYR6r7vo4ZtRzbBKrxU1LcVr_Q-Oh7eyUbyu_wOvvUylFaz2lWE9-ALGs7sDIWAwkqmj5w",
	  TY_HOOK_MISMATCH },
	{ "over", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3NjQ0NDk5Mzl9.ka7mUEuJUxhztk-"
	  "dtdkz4uCRFAfz8cO6mx3uufQS5Po",
	  TY_HOOK_STALE },
	{ "over for less than the leeway", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3NjQ0NDk5NDF9.FOMj6iDkoAkpuDa-"
	  "UObJ2of1fBWKR4hzuTW-9qiTvUA",
	  TY_HOOK_OK },
	{ "not yet", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjE3NjQ0NTAwNjF9."
	  "EB5ObQZoe80LKJ0FkskgiTLYABPV0z7JNzEL-H8io68",
	  TY_HOOK_STALE },
	{ "a time that is text", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOiJuZXZlciJ9.83v8-5yWb1ZHeftL621w-"
	  "DXS2Oxcx9kQPdTvgrqf490",
	  TY_HOOK_STALE },
	{ "no signature", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.",
	  TY_HOOK_MISMATCH },
	{ "alg none, signed", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "U42BQSQAhRCDvwvI1peqM6vaby4FQSOaAiPEG_yZ-O4",
	  TY_HOOK_MISMATCH },
	{ "the public key as the text of an HMAC", RSA_PEM,
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "OxFO2fZSGNwkmAzjJTWh0RlUCIuMkMVv6ozOyqmJL20",
	  TY_HOOK_MISMATCH },
	{ "a set as the text of an HMAC", KEY_SET,
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.q9uIDd7RcnRVsqaXsYWaJXJ-"
	  "Hap569W0mim-EMVlCS0",
	  TY_HOOK_MISMATCH },
	{ "another algorithm of the same key", RSA_PEM,
	  "Bearer "
	  "eyJhbGciOiJSUzUxMiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "SZhm8vZmqZBC7EwoVmbi4nIfMn4YSCrv3r0QZl4BVxwWgnmkde3EoYOPZ_ci6u_u8UfBuu85vCOCxPM1VH-"
	  "YsEnuoJv8ijUSDQCNuPoER5XHyZgZuLce8Cwsbp8PBv_FPmChoZYSwGdHKdOmGZGWS7ZQ0dISFEb_"
	  "g0DQhofTKVSiANUNKb4Dj70qlH-u25TfyA3kr2q_R9eBrsNj1gaG-"
	  "HiUjaDEogn25jL3LVHOMF8PHJe5McPrQNpkz619P9sID4I23DmaFRDZVzR5RY9LQrQvfyQkwnqx1Vc4iPC2-"
	  "cnaOR06vW0cKzFwqSmrYoCGKNsMb1mZPfUtkgfBm5jqLA",
	  TY_HOOK_MISMATCH },
	{ "RSA of 1,024 bits",
	  "-----BEGIN PUBLIC "
	  "KEY-----"
	  "\nMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQChNjxn20HUhnTcQkLvf2IQ6J2T\nzujPw1BHOnrBIgiXbuDn"
	  "FekGeqR3WYi+umMMZ4YTRmsDReZSkyw0UaesXf5fuNJx\nqZ1eFozT2AwtVnrEijULO1d6dMvPXpBXVQ+JxnVu/"
	  "mBu7pHDyqAghv8UyaUHNc98\nrp5iHMKHbqjvfZG/owIDAQAB\n-----END PUBLIC KEY-----\n",
	  "Bearer "
	  "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.MZ_YYJMkfe2-e7gTR6oJAjA-_"
	  "1H3ns60BU3HUPDZY99b8_"
	  "mJ3giDqf6nyumz5cpvUDoPiGXS0wuU81iEDgnv9jqJYcL8Vw2BvKbMVLvXsUxSHC0372Avic_"
	  "1bTMTndbMxmsLbMJLsel9kUSTQFTjDc-TOk4eY27dFYWMTu7dOrI",
	  TY_HOOK_MISMATCH },
	{ "ES256 in DER", P256_PEM,
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.MEYCIQD7FWz2b1UHntRpw_Xvf-"
	  "OOKWXmW4s0xT5lkw3XbEFNUgIhAJOS1RffnmMv_zOPfvGIWCVXzs9GVA1f51fyRCdh__7_",
	  TY_HOOK_MISMATCH },
	{ "another secret", "another",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "mc314GXGsrIjZFNjGK4tSJAWJhAk0OQg_GuV1vxhCpQ",
	  TY_HOOK_MISMATCH },
	{ "two parts", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9",
	  TY_HOOK_MISMATCH },
	{ "no base64", "a secret of the issuer", "Bearer a!.b!.c!", TY_HOOK_MISMATCH },
	{ "no JSON", "a secret of the issuer", "Bearer eA.eQ.eg", TY_HOOK_MISMATCH },
	{ "nothing", "a secret of the issuer", "Bearer ", TY_HOOK_MISMATCH },
	{ "another way of authentication", "a secret of the issuer", "Basic eDp5",
	  TY_HOOK_MISSING },
	{ "ES256, the base64 of PEM alone",
	  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpn4FbJx3B5JJSrdUOMr+OZizezcFdZCESpBN1srgVWXkz+"
	  "y5WDDZHzWLKEX/swHS9PvzYRXNTGJHCKGK40vTFQ==",
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.KGp8t5lCWlkx3_"
	  "xibZqZONDDYHU0zbUc4Xx5FxT44tNFs4C0cCH5K57wblJ91fQNqcNZSBLx4tImXQ9EtU5xJQ",
	  TY_HOOK_OK },
	{ "ES256, keys in a list",
	  "[{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_"
	  "suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\"P-256\",\"kid\":\"c\"}]",
	  "Bearer "
	  "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.KGp8t5lCWlkx3_"
	  "xibZqZONDDYHU0zbUc4Xx5FxT44tNFs4C0cCH5K57wblJ91fQNqcNZSBLx4tImXQ9EtU5xJQ",
	  TY_HOOK_OK },
	{ "the base64 of a public key as the text of an HMAC",
	  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEpn4FbJx3B5JJSrdUOMr+OZizezcFdZCESpBN1srgVWXkz+"
	  "y5WDDZHzWLKEX/swHS9PvzYRXNTGJHCKGK40vTFQ==",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "v5wJ0uNfjmXePKWNMLvDKYrjf3hVIvKdz7STG7kYbxs",
	  TY_HOOK_MISMATCH },
	{ "a list of keys as the text of an HMAC",
	  "[{\"kty\":\"EC\",\"x\":\"pn4FbJx3B5JJSrdUOMr-OZizezcFdZCESpBN1srgVWU\",\"y\":\"5M_"
	  "suVgw2R81iyhF_7MB0vT782EVzUxiRwihiuNL0xU\",\"crv\":\"P-256\",\"kid\":\"c\"}]",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.QXr_ZVjkoZXBHNtDRJ-"
	  "g0OMjM8S1Takxz4e-VJtDYv8",
	  TY_HOOK_MISMATCH },
	{ "a key of OpenSSH as the text of an HMAC",
	  "ecdsa-sha2-nistp256 "
	  "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBKZ+BWycdweSSUq3VDjK/"
	  "jmYs3s3BXWQhEqQTdbK4FVl5M/suVgw2R81iyhF/7MB0vT782EVzUxiRwihiuNL0xU=",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.XYPGUj5-"
	  "VOQl9JhwkytS4T6xHQyPDvlqTYga0MPlihM",
	  TY_HOOK_MISMATCH },
	{ "an extension that has to be understood", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsImNyaXQiOlsiYjY0Il0sImI2NCI6ZmFsc2V9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9.XZ1-TAXpyfYb636CRFe6k-j2w_"
	  "CzB8wk9XvzNmf58aY",
	  TY_HOOK_MISMATCH },
	{ "never over", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9."
	  "6qzBgbLMmSVDxXkLO81CTSeQBLdAqm4q3DKsN6I9rZU",
	  TY_HOOK_OK },
	{ "never over, as a power", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjFlMzAwLCJuYmYiOi0xZTMwMH0."
	  "vdeQUE5Buwea9gijWdohdwtuG5v1ox-tM-GhVH0wm9I",
	  TY_HOOK_OK },
	{ "never begun", "a secret of the issuer",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJuYmYiOjFlMzAwfQ."
	  "rf5jVL5DBV2e6unoN9mFRkk0lty2xIGA1D_D01Y4l14",
	  TY_HOOK_STALE },
	{ "bearer in small letters", "a secret of the issuer",
	  "bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "mc314GXGsrIjZFNjGK4tSJAWJhAk0OQg_GuV1vxhCpQ",
	  TY_HOOK_OK },
};

static const char *
authorization(void *ctx, const char *name)
{
	return ty_str_eq(name, "authorization") ? ctx : NULL;
}

static enum ty_hook_result
verified(const char *key, const char *header)
{
	const struct ty_hook_delivery d = {
		.header = authorization, .ctx = (void *)header, .body = "", .now_s = NOW_S
	};
	const struct ty_secret *secret = ty_secret_new(fx.arena, key, strlen(key));
	json_t *verify = ty_json_own(fx.arena, json_pack("{s:s}", "scheme", "jwt"));
	struct ty_hook_rule *rule;

	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	return ty_hook_verify(rule, &secret, 1, &d);
}

START_TEST(a_token_is_judged)
{
	enum ty_hook_result result = verified(tokens[_i].secret, tokens[_i].header);

	ck_assert_msg(result == tokens[_i].result, "%s: %d", tokens[_i].what, (int)result);
}
END_TEST

/* Of the right ones, wherever it is. */
START_TEST(one_changed_character_is_refused)
{
	char *header = ty_arena_strdup(fx.arena, tokens[_i].header);

	for (size_t i = strlen("Bearer "); tokens[_i].result == TY_HOOK_OK && header[i] != '\0';
	     i++) {
		char was = header[i];

		header[i] = was == 'A' ? 'B' : 'A';
		ck_assert_msg(verified(tokens[_i].secret, header) != TY_HOOK_OK, "%s: %zu",
			      tokens[_i].what, i);
		header[i] = was;
	}
}
END_TEST

/* Scheme, header, and the claims that a run is given. */
static const struct {
	const char *scheme, *header, *claims;
} claims[] = {
	{ "jwt",
	  "Bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
	  "eyJzdWIiOiJ4IiwiZXhwIjoxNzY0NDUwMTAwLCJuYmYiOjE3NjQ0NDk5MDB9."
	  "mc314GXGsrIjZFNjGK4tSJAWJhAk0OQg_GuV1vxhCpQ",
	  "{\"sub\":\"x\",\"exp\":1764450100,\"nbf\":1764449900}" },
	{ "jwt",
	  "bearer "
	  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.qqX-cbDsvSXG46NaGiR1xKx8pML59FtPI4x-qju5iVA",
	  "{}" },
	{ "jwt", "Basic e30.e30.e30", "" },
	{ "jwt", "Bearer e30.e30", "" },
	{ "jwt", NULL, "" },
	{ "basic", "Bearer e30.e30.e30", "" },
	{ "none", "Bearer e30.e30.e30", "" },
};

START_TEST(only_a_token_has_claims)
{
	const struct ty_hook_delivery d = { .header = authorization,
					    .ctx = (void *)claims[_i].header,
					    .body = "",
					    .now_s = NOW_S };
	json_t *verify = ty_json_own(fx.arena, json_pack("{s:s}", "scheme", claims[_i].scheme));
	struct ty_hook_rule *rule;

	ck_assert_ok(ty_hook_rule_parse(fx.arena, verify, &rule, &fx.err));
	ck_assert_str_eq(ty_hook_claims(fx.arena, rule, &d), claims[_i].claims);
}
END_TEST

TEST_MAIN("hook.jwt", {
	TEST_LOOP(only_a_token_has_claims, claims);
	TEST_LOOP(a_token_is_judged, tokens);
	TEST_LOOP(one_changed_character_is_refused, tokens);
})

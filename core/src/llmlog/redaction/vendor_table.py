"""Credentials that begin as their vendors say: data, one row for each vendor, tail and source.

A row names the vendor, where the form is published (`v`: the vendor's own pages; `c`: also in the
rules of CredSweeper; `g`: of gitleaks; `k`: of Kingfisher), the tail behind the beginning, and the
beginnings. In a tail `<W>` stands for letters, digits, `_` and `-`, `<A>` for letters and digits,
`<B>` for what is in base64, `<H>` for hexadecimal; a `!` before it says that no letter or digit
stands before the beginning. A tail is linear: it matches or gives up within a bounded number of
characters.
"""

TABLE = r"""
1password     cg <B>{20,}                         ops_eyJ
1password     g  ![A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3} A3-
adafruit      k  !<A>{28}(?!<A>)                  aio_
adobe         gk ![A-Za-z0-9-]{32}                p8e-
age           cg [A-Z0-9]{20,}                    AGE-SECRET-KEY-1
airtable      cgk !<A>{14}\.<A>{62,66}             pat
akamai        c  [0-9a-z]{16}-[0-9a-z]{16}        akab-
alibaba       cg !<A>{12,}                        LTAI
anthropic     cg <W>{16,}                         sk-ant-
artifactory   g  !<A>{59}                         cmVmd
artifactory   k  !<A>{64,74}(?!<A>)               AKC
atlassian     cg [A-Za-z0-9_=%\\-]{20,}           ATATT3xFfGF0 ATATT3
authress      g  !<A>{5,30}\.<A>{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.<B>{30,} sc_
authress      g  !<A>{5,30}\.<A>{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.<B>{30,} ext_
authress      g  !<A>{5,30}\.<A>{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.<B>{30,} scauth_
authress      g  !<A>{5,30}\.<A>{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.<B>{30,} authress_
aws           cg [A-Z0-9]{16}                     AKIA ASIA
aws           cg ![A-Z0-9]{16,17}(?!<A>)          ABIA ACCA AGPA AIDA AIPA ANPA ANVA APKA AROA
aws           cg ![A-Z0-9]{16,17}(?!<A>)          ASCA
aws           cg ![A-Z0-9]{17,18}(?!<A>)          A3T
aws           cg [A-Za-z0-9+/=]{28,}              ABSK bedrock-api-key-
aws           c  [a-z0-9]{26}                     da2-
aws           c  [0-9a-z-]{32,}                   amzn.mws.
bitbucket     c  <A>{28,}                         ATBB
bitbucket     c  [A-Za-z0-9_=%\\-]{20,}           ATCTT3xFfGN0
bitbucket     c  <W>{20,}                         BBDC-
brevo         cg <W>{32,}                         xkeysib-
buildkite     k  [a-z0-9]{40}                     bkua_
circleci      c  <W>{20,}                         CCIPAT_
clickhouse    g  !<A>{38}(?!<A>)                  4b1d
clickup       k  ![0-9]{7,8}_[0-9A-Z]{32}         pk_
clojars       cg <A>{40,}                         CLOJARS_
cloudflare    cg <A>{30,}                         cfat_ cfut_ cfk_
cloudflare    g  !<H>{24}-<H>{80,}                v1.0-
composio      c  !(?=<W>{0,79}[a-z])(?=<W>{0,79}[A-Z])<W>{16,80} ak_ ck_ oak_ uak_
contentful    c  <W>{30,}                         CFPAT-
cratesio      k  !<A>{32}(?!<A>)                  cio
databricks    cg <H>{32}                          dapi
defined       cg [A-Z2-7a-z-]{40,}                dnkey-
dtrack        k  <A>{32,}                         odt_
dfuse         k  ![0-9a-z]{32}(?!<A>)             web_
digitalocean  cg <H>{32,}                         dop_v1_ doo_v1_ dor_v1_ dos_v1_
discord       v  [A-Za-z0-9/_-]{16,}              discord.com/api/webhooks/
docker        c  <W>{16,}                         dckr_pat_ dckr_oat_
docker        c  <W>{30,}                         SWMKEY-1-
docker        c  [0-9a-z-]{40,}                   SWMTKN-1-
doppler       cgk (?:[a-z0-9_-]{2,35}\.)?<A>{20,}  dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.
dropbox       cg !(?:u\.)?[A-Za-z0-9_=-]{60,}     sl.
duffel        g  [A-Za-z0-9_=-]{43}               duffel_test_ duffel_live_
dynatrace     cgk [A-Za-z][0-9]{2}\.<A>{24}\.<A>{40,} dt0
easypost      g  !<A>{54}                         EZAK EZTK
elevenlabs    k  !<H>{48}(?!<A>)                  sk_
facebook      c  <A>{10,}                         EAACEdEose0cBA
facebook      cg !<W>{60,}                        EAA
figma         c  <W>{16,}                         figd_
fleetbase     k  <A>{20}                          flb_live_ flb_test_
flexport      k  <W>{40}                          shltm_
flutterwave   g  <A>{12,}(?:-X)?                  FLWSECK_TEST- FLWPUBK_TEST- FLWSECK- FLWPUBK-
fly           g  <B>{40,}                         fo1_ fm1_ fm1a_ fm1r_ fm2_
frame         g  [A-Za-z0-9_=-]{64}               fio-u-
fullstory     k  ![A-Za-z0-9+/]{100}              na1. eu1.
github        cg <W>{16,}                         ghp_ gho_ ghu_ ghr_
github        v  [0-9]{1,20}_eyJ<W>{8,}(?:\.<W>*)* ghs_
github        cg <W>{16,}                         ghs_
github        cg [A-Za-z0-9_]{22,}                github_pat_
gitlab        cg <W>{16,}(?:\.<W>{2,16}){0,2}     glpat- glrt- gldt- glptt- glagent- glsoat-
gitlab        cg <W>{16,}(?:\.<W>{2,16}){0,2}     glffct- gloas- glcbt- glimt- glrtr- glft- glwt-
gitlab        cg <W>{16,}(?:\.<W>{2,16}){0,2}     GR1348941 _gitlab_session=
google        cg <W>{30,}                         AIza 1//0
google        cg <W>{20,}                         GOCSPX-
google        cgk <W>{10,}                         ya29.
grafana       cg <W>{20,}                         glsa_
grafana       cg <B>{20,}                         glc_
groq          c  <W>{20,}                         gsk_
harness       g  !<W>{22}\.<A>{24}\.<A>{20}       pat. sat.
heroku        cg <W>{30,}                         HRKU-
hubspot       k  <A>{8}-(?:<A>{4}-){3}<A>{12}     pat-na1- pat-eu1- pat-na2-
huggingface   cg <W>{20,}                         hf_ api_org_
infracost     g  !<A>{32}                         ico-
instagram     c  <B>{50,}                         IGQVJ
intra42       g  <H>{64}                          s-s4t2ud- s-s4t2af-
ionic         k  [a-z0-9]{42}                     ion_
jfrog         cg <W>{40,}                         cmVmdGtuO
jfrog         cg <W>{60,}                         AKCp
langfuse      v  <W>{16,}                         sk-lf-
langsmith     v  [A-Za-z0-9_]{20,}                lsv2_
langsmith     v  <A>{20,}                         ls__
linear        cg <A>{20,}                         lin_api_
llama         c  <W>{32,}                         llx-
mailgun       cg !<A>{32}(?!<W>)                  key- pubkey-
mapbox        gk !<A>{60}\.<A>{22}                pk. sk. tk.
mongodb       k  <W>{40}                          mdb_sa_sk_
netlify       c  <A>{30,}                         nfp_
newrelic      cg <A>{20,}                         NRAK-
newrelic      c  <H>{19,}                         NRBR-
newrelic      c  <W>{20,}                         NRII-
newrelic      cg <A>{19,}                         NRJS-
nightfall     k  !<A>{32}(?!<A>)                  NF-
notion        cg <W>{20,}                         ntn_
npm           cg <W>{20,}                         npm_
ntlm          c  <B>{20,}                         TlRMTVNTUAA
nuget         c  !<A>{43}(?!<W>)                  oy2
nvidia        v  <W>{20,}                         nvapi-
nylas         c  <W>{30,}                         nyk_v0_
octopus       g  ![A-Z0-9]{26}(?!<A>)             API-
openai        cg <W>{16,}                         sk-proj- sk-svcacct- sk-admin-
openrouter    c  <W>{16,}                         sk-or-
openshift     g  <W>{43}                          sha256~
paserk        c  <W>{15,}                         k1.local. k2.local. k3.local. k4.local.
paserk        c  <W>{15,}                         k1.secret. k2.secret. k3.secret. k4.secret.
paserk        c  <W>{15,}                         k1.local-pw. k2.local-pw. k3.local-pw.
paserk        c  <W>{15,}                         k4.local-pw. k1.secret-pw. k2.secret-pw.
paserk        c  <W>{15,}                         k3.secret-pw. k4.secret-pw.
paseto        c  <W>{15,}(?:\.<W>*)?              v1.local. v2.local. v3.local. v4.local.
paseto        c  <W>{15,}(?:\.<W>*)?              v1.public. v2.public. v3.public. v4.public.
paypal        c  [0-9a-z$]{40,}                   access_token$production$
paystack      k  ![a-z]{2,32}_<A>{40}(?!<A>)      sk_
perplexity    cg <W>{20,}                         pplx-
pinecone      v  [A-Za-z0-9_]{20,}                pcsk_
planetscale   cg [.A-Za-z0-9_=-]{16,}             pscale_tkn_ pscale_oauth_ pscale_pw_
posthog       cg <W>{20,}                         phx_
posthog       c  <W>{32,}                         pha_ phc_ phr_ phs_
postman       c  [0-9A-Z]{20,}                    PMAT-
postman       cgk <A>{24}-<A>{34}                  PMAK-
postman       cg [0-9a-f-]{24,}                   PMAK-
prefect       g  <A>{36}                          pnu_
private_key   c  <B>{20,}                         LS0tLS1CRUdJTi
pubnub        k  <A>{8}-(?:<A>{4}-){3}<A>{12}     pub-c- sub-c- sec-c-
pulumi        cgk [0-9a-z]{40}                     pul-
pypi          cg <W>{16,}                         pypi-
readme        g  <A>{70}                          rdme_
replicate     vk <W>{20,}                         r8_
riot          c  [0-9a-f-]{36}                    RGAPI-
rubygems      cgk [0-9a-z]{40,}                    rubygems_
salesforce    c  [0-9A-Za-z_.]{24,}               3MVG
salesforce    c  ![0-9A-Za-z]{9,15}![0-9A-Za-z_.]{24,} 00D
salesforce    c  !(?=<A>{0,14}[a-z])(?=<A>{0,14}[A-Z])<A>{12,15}(?!<W>) 00D
scalingo      g  <W>{48}                          tk-us-
secret_key    v  (?<![a-z]sk-)(?=[a-z_-]{0,15}[A-Z0-9])<W>{16,} sk-
sendgrid      cg [A-Za-z0-9_=-]{16,64}\.[A-Za-z0-9_=-]{16,64} SG.
sendgrid      g  [A-Za-z0-9_=.-]{60,}             SG.
sentry        cg <B>{20,}                         sntrys_
sentry        cg <H>{32,}                         sntryu_
settlemint    g  <A>{16}                          sm_aat_ sm_pat_ sm_sat_
shippo        g  [0-9a-fA-F]{40}                  shippo_live_ shippo_test_
shopify       cg [0-9a-fA-F]{20,}                 shpat_ shpss_ shpca_ shppa_ shptka_
slack         cg [A-Za-z0-9-]{10,}                xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xapp-
slack         cg [A-Za-z0-9.-]{10,}               xoxe. xoxe-
slack         vk [a-z][0-9-]{0,3}-[A-Za-z0-9-]{10,} xox
slack         cg [A-Za-z0-9/+_-]{16,}             hooks.slack.com/
slack         c  [0-9A-Z]{8,16}/B[0-9A-Z]{8,16}/[0-9A-Za-z_]{24} /T
sonarqube     cgk [A-Za-z0-9=_-]{40}               sqa_ sqp_ squ_
sourcegraph   cg [0-9A-Za-z_]{40,}                sgp_
sourcegraph   k  <H>{64}                          slk_
square        c  <W>{16,}                         sq0atp- sq0csp-
square        c  [a-z]{3}-<W>{16,}                sq0
square        g  !<W>{22,60}(?!<W>)               EAAA
stackhawk     k  !<W>{20}\.<W>{20}                hawk.
stripe        cg <A>{10,}                         sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_
stripe        cg <A>{10,}                         rk_prod_ pk_live_ pk_test_
supabase      ck (?:v0_)?[0-9a-z]{32,}            sbp_
tailscale     c  <W>{20,}                         tskey-
tavily        c  <W>{16,}                         tvly-
thingsboard   k  [a-z0-9]{20}                     thingsboard.cloud/api/v1/
tines         k  [a-z0-9]{32}/[a-z0-9]{32}        tines.com/webhook/
together      c  <W>{30,}                         tgp_v1_
twitter       cg [0-9A-Za-z%\\]{60,}              AAAAAAAAAAAAAAAAAAAAA
typeform      cg [A-Za-z0-9_=.-]{40,}             tfp_
ubidots       k  !<A>{30,}                        BBFF-
vault         cg <W>{16,}                         hvs. hvb. hvr.
vault         g  !(?=<A>{0,23}[0-9])<A>{24}(?!<A>) s.
vercel        c  <A>{30,}                         vcp_
voiceflow     k  !(?:(?:DM|WS)\.)?[A-Fa-f0-9]{24}\.<A>{16} VF.
wakatime      c  [0-9a-f-]{36}                    waka_
webhook       v  [A-Za-z0-9+/=]{16,}              whsec_
wundergraph   c  <H>{32}                          cosmo_
xai           c  <W>{20,}                         xai-
yandex        g  ![A-Za-z0-9_-]{3,120}={0,2}\.<W>{86} t1.
yandex        g  !<W>{35,38}(?!<W>)               AQVN
zapier        k  [0-9A-Za-z/]{10,}                hooks.zapier.com/hooks/catch/
zoho          k  !<H>{32}\.<H>{32}                1000.
"""

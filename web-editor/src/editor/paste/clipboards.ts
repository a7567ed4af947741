/** Clipboard HTML as other programs write it, shortened. For tests. */

export const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm; font-family:"Calibri"} @list l0:level1 {mso-level-number-format:bullet;} --></style></head>
<body lang=EN-GB style='tab-interval:36.0pt'><!--StartFragment-->
<h1 style='margin-top:12.0pt'><b><span style='font-size:16.0pt;color:#2F5496'>Report<o:p></o:p></span></b></h1>
<p class=MsoNormal>Plain, <b>bold</b>, <i style='mso-bidi-font-style:normal'>slanted</i> and <span style='text-decoration:underline'>lined</span>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>First<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>o<span>&nbsp;&nbsp; </span></span><![endif]>Nested<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>Second<o:p></o:p></p>
<p class=MsoNormal>Between</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>3.<span>&nbsp; </span></span><![endif]>Third</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>4.<span>&nbsp; </span></span><![endif]>Fourth</p>
<table class=MsoTableGrid border=1 style='border-collapse:collapse'><tr><td width=301 style='width:225.4pt;border:solid windowtext 1.0pt'><p class=MsoNormal>A1</p></td><td><p class=MsoNormal>B1</p></td></tr></table>
<p class=MsoNormal><img width=200 height=100 src="file:///C:/Temp/clip_image002.png" alt="Chart"></p>
<!--EndFragment--></body></html>`;

export const DOCS = `<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1a2b3c4d-7fff"><h2 dir="ltr" style="line-height:1.38"><span style="font-size:16pt;font-weight:400;white-space:pre-wrap;">Plan</span></h2><p dir="ltr"><span style="font-weight:400;font-style:normal;text-decoration:none;">Some </span><span style="font-weight:700;">bold</span><span style="font-style:italic;"> slanted</span><span style="text-decoration:line-through;"> gone</span> <a href="https://example.org/a" style="text-decoration:none;"><span style="color:#1155cc;text-decoration:underline;">a link</span></a></p><br /><ul style="margin-top:0"><li dir="ltr" style="list-style-type:disc;" aria-level="1"><p dir="ltr" role="presentation"><span>One</span></p></li><ul><li dir="ltr" aria-level="2"><p dir="ltr"><span>One and a half</span></p></li></ul><li dir="ltr" aria-level="1"><p dir="ltr"><span>Two</span></p></li></ul><ul><li dir="ltr" role="checkbox" aria-checked="true" aria-level="1"><img src="data:image/png;base64,iVBORw0KGgo=" width="17.6px" alt="checked" aria-roledescription="checkbox"/><p dir="ltr" style="display:inline-block"><span>Done</span></p></li><li role="checkbox" aria-checked="false"><p dir="ltr"><span>Open</span></p></li></ul><img src="https://lh7-rt.googleusercontent.com/docsz/AD_4n" width="600" height="300" /></b>`;

export const GITHUB = `<meta charset='utf-8'><h3 tabindex="-1" class="heading-element" dir="auto">Install</h3><ul class="contains-task-list"><li class="task-list-item"><input type="checkbox" disabled="" class="task-list-item-checkbox" checked=""> Read</li><li class="task-list-item"><input type="checkbox" disabled="" class="task-list-item-checkbox"> Run <code class="notranslate">cargo run</code></li></ul><div class="highlight highlight-source-shell"><pre class="language-shell"><span class="pl-c1">cd</span> weft
cargo run</pre></div>`;

export const HOSTILE = `<p onclick="alert(1)" style="background:url(https://evil.example/x)">text<script>alert(2)</script></p><a href="java&#10;script:alert(3)">a</a><a href="data:text/html,x">b</a><a href="https://ok.example">c</a><iframe srcdoc="evil"></iframe><img src="https://evil.example/pixel" width="1" height="1"><img src="https://evil.example/big.png" alt="Big"><svg><a xlink:href="javascript:alert(4)"><text>d</text></a></svg><form action="https://evil.example"><input value="x"><button>go</button></form><object data="x"></object><style>p{color:red}</style><base href="https://evil.example/">`;

export const MAIL = `<table role="presentation" width="600"><tbody><tr><td><table><tr><td><p>Dear reader,</p><font color="red">news</font></td></tr></table></td></tr></tbody></table>`;

var t=["unknown","ambiguous","thumbs_down","handed_over","suggested"];function i(e){if(typeof e=="string")return e;let{name:n,id:r}=e??{};return n||r||""}export{t as a,i as b};
